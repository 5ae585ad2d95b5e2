package openapi

// Schema is a JSON Schema.
type Schema map[string]any

// Document is an OpenAPI 3.1 document: of the specification, what we say.
type Document struct {
	OpenAPI    string                           `json:"openapi"`
	Info       Info                             `json:"info"`
	Servers    []Server                         `json:"servers"`
	Security   []map[string][]string            `json:"security"`
	Tags       []Tag                            `json:"tags"`
	Paths      map[string]map[string]*Operation `json:"paths"`
	Components Components                       `json:"components"`
}

// Info says what the document is about.
type Info struct {
	Title       string  `json:"title"`
	Version     string  `json:"version"`
	Summary     string  `json:"summary"`
	Description string  `json:"description"`
	License     License `json:"license"`
}

// License is what callers may do with the document.
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

// Server is where the paths begin.
type Server struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

// Tag is a group of operations.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// Components are what the rest of the document refers to.
type Components struct {
	Schemas         map[string]Schema    `json:"schemas"`
	Parameters      map[string]Parameter `json:"parameters"`
	Headers         map[string]any       `json:"headers"`
	SecuritySchemes map[string]any       `json:"securitySchemes"`
}

// Operation is one route.
type Operation struct {
	OperationID string                 `json:"operationId"`
	Tags        []string               `json:"tags"`
	Summary     string                 `json:"summary"`
	Description string                 `json:"description,omitempty"`
	Scope       string                 `json:"x-scope,omitempty"`
	Security    *[]map[string][]string `json:"security,omitempty"`
	Parameters  []Parameter            `json:"parameters,omitempty"`
	RequestBody *Body                  `json:"requestBody,omitempty"`
	Responses   map[string]*Response   `json:"responses"`
}

// Parameter stands in the path, behind it or in a header; or it refers to one.
type Parameter struct {
	Ref         string `json:"$ref,omitempty"`
	Name        string `json:"name,omitempty"`
	In          string `json:"in,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Description string `json:"description,omitempty"`
	Explode     *bool  `json:"explode,omitempty"`
	Schema      Schema `json:"schema,omitempty"`
}

// Body is what a request carries.
type Body struct {
	Required bool             `json:"required"`
	Content  map[string]Media `json:"content"`
}

// Response is one answer.
type Response struct {
	Description string           `json:"description"`
	Headers     map[string]any   `json:"headers,omitempty"`
	Content     map[string]Media `json:"content,omitempty"`
}

// Media is a body of one content type.
type Media struct {
	Schema Schema `json:"schema"`
	// Event is the schema of each event's data in a stream.
	Event Schema `json:"x-event,omitempty"`
}
