package main

import (
	"net"
	"net/url"
)

// needsTestKeys reports whether the SDK needs a made-up pair of keys. An embedded cloud on this
// machine accepts any pair, and a user should not have to invent one. A real account is never
// reached through a loopback address without keys or a profile.
func needsTestKeys(endpoint string, env func(string) string) bool {
	return isLoopback(endpoint) && env("AWS_ACCESS_KEY_ID") == "" && env("AWS_PROFILE") == ""
}

// isLoopback reports whether a URL leads to this machine.
func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}
