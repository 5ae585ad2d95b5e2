package main

import (
	"net"
	"strings"
	"testing"
)

func TestDoctorIsContentWithANewServerAndMissesADeadOne(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	admin := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p := install(t)
	p.start(t, "ONSET_ADMIN_ADDR="+admin)
	p.ready(t)
	var said string
	until(t, "the server has counted its runs", func() bool {
		out, _, err := p.run(t, "doctor", "--admin-addr", admin)
		said = out
		return err == nil && strings.Contains(out, "no run waits") && strings.Contains(out, "no row that must not exist")
	})
	if strings.Contains(said, "wrong") {
		t.Error(said)
	}
	p.kill(t)
	out, complaints, err := p.run(t, "doctor", "--admin-addr", admin, "--json")
	var doc struct {
		OK       bool
		Findings []struct{ Check, State, Do string }
	}
	decode(t, []byte(out), &doc)
	if err == nil || doc.OK || len(doc.Findings) != 1 || doc.Findings[0].State != "wrong" || doc.Findings[0].Do == "" || !strings.Contains(complaints, "wrong: 1 of 1") {
		t.Errorf("%v: %s%s", err, out, complaints)
	}
}

func TestDoctorSeesWhatAServiceWouldSee(t *testing.T) {
	t.Parallel()
	p := install(t)
	env := []string{"DATABASE_URL=" + emptyDatabase(t), "ONSET_MASTER_KEY=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}
	if out, _, err := p.runIn(t, env, "doctor"); err == nil || !strings.Contains(out, "onset migrate") {
		t.Errorf("before: %v\n%s", err, out)
	}
	if _, complaints, err := p.runIn(t, env, "migrate"); err != nil {
		t.Fatal(complaints)
	}
	if out, complaints, err := p.runIn(t, env, "doctor"); err != nil || !strings.Contains(out, "none is pending") {
		t.Errorf("after: %v\n%s%s", err, out, complaints)
	}
	if _, complaints, err := p.runIn(t, []string{"DATABASE_URL=mysql://x"}, "doctor"); err == nil || !strings.Contains(complaints, "DATABASE_URL: write postgres://") {
		t.Errorf("a setting that cannot be used: %v, %s", err, complaints)
	}
}
