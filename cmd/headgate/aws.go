package main

import (
	"net"
	"net/url"
)

// lendsKeys tells whether the SDK is given a pair of keys: an embedded cloud on this machine takes
// any, and whoever tries it should not have to invent one. An account of one's own is never reached
// through a loopback address without keys or a profile.
func lendsKeys(endpoint string, env func(string) string) bool {
	return isLoopback(endpoint) && env("AWS_ACCESS_KEY_ID") == "" && env("AWS_PROFILE") == ""
}

// isLoopback tells whether a URL leads to this machine.
func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}
