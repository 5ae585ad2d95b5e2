package native

// notice is something that a person should know.
type notice struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
