package strictjson

import "unicode/utf8"

// Under is the path of something inside parent: "nodes[2]" and "id" make
// "nodes[2].id".
func Under(parent, path string) string {
	switch {
	case parent == "":
		return path
	case path == "" || path[0] == '[':
		return parent + path
	}
	return parent + "." + path
}

// maxName is how much of a stranger's key is told back to them.
const maxName = 100

func shortened(key string) string {
	if len(key) <= maxName {
		return key
	}
	end := maxName
	for !utf8.RuneStart(key[end]) {
		end--
	}
	return key[:end] + "…"
}
