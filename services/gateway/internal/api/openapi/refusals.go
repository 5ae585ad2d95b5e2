package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/onsethq/onset/pkg/fault"
	"github.com/onsethq/onset/services/gateway/internal/api"
)

// refusals adds what a route may refuse, by the statuses that its surface gives
// to the codes, and a default for all that a proxy in between may say.
func (m *maker) refusals(s api.Surface, r api.Route, into map[string]*Response) {
	byStatus := map[int][]string{}
	contentType, schema := "text/html", Schema{"type": "string"}
	if _, page := s.Refused.(api.Page); !page {
		schema = m.schemas.given(s.Refused)
	}
	for _, code := range codesOf(s, r) {
		refusal := s.Refuse(fault.New(code, "%s", code), "")
		contentType, _, _ = strings.Cut(refusal.ContentType, ";")
		byStatus[refusal.Status] = append(byStatus[refusal.Status], string(code))
	}
	body := map[string]Media{contentType: {Schema: schema}}
	for status, codes := range byStatus {
		slices.Sort(codes)
		codes = slices.Compact(codes)
		a := &Response{
			Description: fmt.Sprintf("%s: `%s`", http.StatusText(status), strings.Join(codes, "`, `")),
			Headers:     map[string]any{"X-Request-Id": header("X-Request-Id"), "X-Error-Code": header("X-Error-Code")},
			Content:     body,
		}
		switch status {
		case http.StatusUnauthorized:
			a.Headers["WWW-Authenticate"] = header("WWW-Authenticate")
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			a.Headers["Retry-After"] = header("Retry-After")
		}
		into[strconv.Itoa(status)] = a
	}
	into["default"] = &Response{Description: "Any other refusal", Content: body}
}

// codesOf are the codes with which a route may refuse a call.
func codesOf(s api.Surface, r api.Route) []fault.Code {
	codes := append([]fault.Code{fault.Internal, fault.Unavailable}, r.Doc.Refuses...)
	if !r.Open {
		codes = append(codes, fault.KeyInQuery, fault.Unauthenticated, fault.RateLimited)
	}
	if r.Needs != "" {
		codes = append(codes, fault.Forbidden)
	}
	for _, name := range params(r.Path) {
		switch name {
		case "workspace":
			codes = append(codes, fault.Of(s.Foreign).Code)
		case "environment":
			codes = append(codes, fault.NotFound, fault.EnvironmentNotAllowed)
		default:
			codes = append(codes, fault.NotFound)
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodDelete {
		codes = append(codes, fault.BadJSON, fault.PayloadTooLarge, fault.UnsupportedMediaType, fault.CodeInvalid, fault.UnknownField)
	}
	if r.Doc.Query != nil {
		codes = append(codes, fault.CodeInvalid, fault.BadCursor)
	}
	for _, h := range r.Doc.Hears {
		codes = append(codes, refused[h]...)
	}
	return codes
}
