package doctor

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2/server"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/onsethq/onset/pkg/secret"
)

// fakeRedis speaks the protocol of Redis, calls itself a release, and answers a
// question for its configuration.
func fakeRedis(t *testing.T, version string, configuration server.Cmd) secret.Secret {
	t.Helper()
	s, err := server.NewServer("127.0.0.1:0")
	must(t, err)
	t.Cleanup(s.Close)
	must(t, s.Register("PING", func(c *server.Peer, _ string, _ []string) { c.WriteInline("PONG") }))
	must(t, s.Register("INFO", func(c *server.Peer, _ string, _ []string) {
		c.WriteBulk("# Server\r\nredis_version:" + version + "\r\nredis_mode:standalone\r\n")
	}))
	must(t, s.Register("CONFIG", configuration))
	return secret.Secret("redis://" + s.Addr().String())
}

func keeps(c *server.Peer, _ string, _ []string) {
	c.WriteStrings([]string{"maxmemory-policy", "noeviction"})
}

func breaks(c *server.Peer, _ string, _ []string) { c.Close() }

// posing stands before a PostgreSQL and says that it is another release.
func posing(t *testing.T, behind secret.Secret, as string) secret.Secret {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), behind.Reveal())
	must(t, err)
	var version string
	must(t, conn.QueryRow(t.Context(), "show server_version").Scan(&version))
	must(t, conn.Close(t.Context()))
	network, address := pgconn.NetworkAddress(conn.Config().Host, conn.Config().Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var relays sync.WaitGroup
	relays.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			relays.Go(func() {
				defer in.Close()
				if out, err := net.Dial(network, address); err == nil {
					relay(in, out, version, as)
				}
			})
		}
	})
	t.Cleanup(func() {
		must(t, l.Close())
		relays.Wait()
	})
	u, err := url.Parse(behind.Reveal())
	must(t, err)
	u.Host = l.Addr().String()
	return secret.Secret(u.String())
}

// relay passes on what both sides say until one of them leaves. A row that is
// the version becomes another one.
func relay(client, server net.Conn, version, as string) {
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	defer up.Wait()
	defer client.Close()
	for from := pgproto3.NewFrontend(server, nil); ; {
		said, err := from.Receive()
		if err != nil {
			return
		}
		if row, ok := said.(*pgproto3.DataRow); ok && len(row.Values) == 1 && string(row.Values[0]) == version {
			row.Values[0] = []byte(as)
		}
		raw, err := said.Encode(nil)
		if err != nil {
			return
		}
		if _, err := client.Write(raw); err != nil {
			return
		}
	}
}
