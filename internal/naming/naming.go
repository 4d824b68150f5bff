// Package naming computes the hashes in the names of cloud resources. Its results are part of names
// that exist, so that they must never change.
package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
)

// Sum returns a digest of the parts. Each part is preceded by its length, so that moving text from
// one part to the next changes the digest.
func Sum(parts ...string) [sha256.Size]byte {
	var text []byte
	for _, part := range parts {
		text = append(strconv.AppendInt(text, int64(len(part)), 10), ':')
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

// Hash returns the first n hexadecimal digits of the digest of the parts.
func Hash(n int, parts ...string) string {
	sum := Sum(parts...)
	return hex.EncodeToString(sum[:])[:n]
}

// Settings are the values, by name, that cannot change in place and are therefore part of a name.
type Settings map[string]string

// Parts returns the names and values of the settings that are not empty, sorted by name. A new
// setting changes no name until it is used.
func (s Settings) Parts() []string {
	parts := make([]string, 0, 2*len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if value := s[name]; value != "" {
			parts = append(parts, name, value)
		}
	}
	return parts
}
