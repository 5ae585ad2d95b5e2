package model

// Connection is an environment's way to a model: an OpenAI-compatible server,
// the name of the secret that opens it, and what its tokens cost.
type Connection struct {
	// BaseURL ends where "/chat/completions" begins, for example
	// "https://api.openai.com/v1".
	BaseURL string `json:"base_url" required:"true"`
	// Secret is the name of the secret that holds the API key; empty for a
	// server that wants none.
	Secret string `json:"secret,omitempty"`
	// Model is asked when a reference names only the connection.
	Model string `json:"model,omitempty"`
	// USDPerMTok is the price of a million tokens: in, out.
	USDPerMTok [2]float64 `json:"usd_per_mtok,omitempty"`
	// Whole asks for answers in one piece, of a server that cannot stream.
	Whole bool `json:"whole,omitempty" doc:"Ask for answers in one piece: for a server that cannot stream them"`
}
