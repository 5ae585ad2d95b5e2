// Package client calls a running Onset from Go. The calls and their types are
// generated from proto/openapi/onset.json; what stands beside them by hand is
// how a caller shows its key, how a refusal becomes an error, and how a run is
// followed to its end.
package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Client calls one server with one key. Every call that the server refuses
// gives an *Error. It may be used by many goroutines.
type Client struct{ *ClientWithResponses }

// New makes a client of the server at address, such as "https://onset.example".
// Calls go through the HTTP client that is given, nil for one without a time
// limit: contexts set limits, and live views have none.
func New(address, key string, through *http.Client) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the address of a server, such as http://127.0.0.1:8080", address)
	}
	if key == "" {
		return nil, fmt.Errorf("a key is needed to call %s", address)
	}
	if through == nil {
		through = &http.Client{}
	}
	calls, err := NewClientWithResponses(strings.TrimSuffix(address, "/"), WithHTTPClient(door{key, through}))
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	return &Client{calls}, nil
}

// door shows the key and turns refusals into errors.
type door struct {
	key     string
	through *http.Client
}

// Do sends a request.
func (d door) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+d.key)
	resp, err := d.through.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp, nil
}
