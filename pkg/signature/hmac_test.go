package signature

import (
	"net/http"
	"testing"
	"time"
)

func TestConfigsOfAnHMAC(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		config Config
		header string
		want   string
	}{
		"as it stands":      {Config{"hmac", HMAC{}}, "X-Webhook-Signature", "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		"another header":    {Config{"hmac", HMAC{Header: "X-Linear-Signature", Prefix: text("")}}, "X-Linear-Signature", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		"in base64":         {Config{"hmac", HMAC{Header: "X-Shopify-Hmac-Sha256", Prefix: text(""), Encoding: "base64"}}, "X-Shopify-Hmac-Sha256", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="},
		"another algorithm": {Config{"hmac", HMAC{Algorithm: "sha384"}}, "X-Webhook-Signature", "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
	} {
		s, wrong := c.config.Open()
		if len(wrong) > 0 {
			t.Fatalf("%s: %v", name, wrong)
		}
		header := http.Header{}
		header.Set(c.header, c.want)
		r := Request{Header: header, Body: []byte("what do ya want for nothing?"), Now: noon, Secrets: []Secret{{Value: "Jefe"}}}
		if _, err := s.Verify(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigSignsTimeAndID(t *testing.T) {
	t.Parallel()
	s, wrong := Config{"hmac", HMAC{Signed: "v0:{id}:{timestamp}:{body}", TimestampHeader: "X-Time", IDHeader: "X-Id", Tolerance: "1m"}}.Open()
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	header, err := s.Sign("Jefe", "a", noon, body)
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Header: header, Body: body, Now: noon.Add(time.Minute), Secrets: []Secret{{Value: "Jefe"}}}
	if m, err := s.Verify(r); err != nil || m.ID != "a" {
		t.Errorf("%v, %v", m, err)
	}
	r.Now = r.Now.Add(time.Second)
	if _, err := s.Verify(r); err != Stale {
		t.Errorf("after its tolerance: %v", err)
	}
}

func TestConfigsThatProveLessThanTheySeemToAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config Config
		path   string
	}{
		"unknown scheme":           {Config{Scheme: "md5"}, "scheme"},
		"settings of a fixed one":  {Config{"github", HMAC{Header: "X-Other"}}, "scheme"},
		"HMAC settings of a token": {Config{"header", HMAC{Encoding: "hex"}}, "scheme"},
		"no header's name":         {Config{"header", HMAC{Header: "X Other"}}, "header"},
		"header with a line feed":  {Config{"hmac", HMAC{Header: "X\n"}}, "header"},
		"unknown algorithm":        {Config{"hmac", HMAC{Algorithm: "sha1"}}, "algorithm"},
		"unknown encoding":         {Config{"hmac", HMAC{Encoding: "rot13"}}, "encoding"},
		"body not signed":          {Config{"hmac", HMAC{Signed: "{timestamp}.", TimestampHeader: "T"}}, "signed"},
		"body not at the end":      {Config{"hmac", HMAC{Signed: "{body}.x"}}, "signed"},
		"nothing between":          {Config{"hmac", HMAC{Signed: "{timestamp}{body}", TimestampHeader: "T"}}, "signed"},
		"twice":                    {Config{"hmac", HMAC{Signed: "{timestamp}.{timestamp}.{body}", TimestampHeader: "T"}}, "signed"},
		"unknown part":             {Config{"hmac", HMAC{Signed: "{url}.{body}"}}, "signed"},
		"unsigned time":            {Config{"hmac", HMAC{TimestampHeader: "T"}}, "timestamp_header"},
		"unsigned id":              {Config{"hmac", HMAC{IDHeader: "I"}}, "id_header"},
		"time from nowhere":        {Config{"hmac", HMAC{Signed: "{timestamp}.{body}"}}, "timestamp_header"},
		"id from nowhere":          {Config{"hmac", HMAC{Signed: "{id}.{body}"}}, "id_header"},
		"one header for two":       {Config{"hmac", HMAC{Header: "x-t", Signed: "{timestamp}.{body}", TimestampHeader: "X-T"}}, "header"},
		"tolerance without a time": {Config{"hmac", HMAC{Tolerance: "1m"}}, "tolerance"},
		"endless tolerance":        {Config{"hmac", HMAC{Signed: "{timestamp}.{body}", TimestampHeader: "T", Tolerance: "24h"}}, "tolerance"},
		"no tolerance at all":      {Config{"hmac", HMAC{Signed: "{timestamp}.{body}", TimestampHeader: "T", Tolerance: "0s"}}, "tolerance"},
	} {
		if _, wrong := c.config.Open(); len(wrong) != 1 || wrong[0].Path != c.path {
			t.Errorf("%s: %+v, want one at %q", name, wrong, c.path)
		}
	}
}
