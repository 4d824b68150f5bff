package main

import (
	"errors"
	"net"
	"net/url"
	"os"
)

// lendCredentials gives the SDK a pair of credentials where it has none and none is asked for: an embedded cloud on this machine takes
// any, and whoever tries it should not have to invent one. An account of one's own is never reached through a loopback address without keys or a profile.
func lendCredentials(endpoint string) error {
	if !isLoopback(endpoint) || os.Getenv("AWS_ACCESS_KEY_ID") != "" || os.Getenv("AWS_PROFILE") != "" {
		return nil
	}
	return errors.Join(os.Setenv("AWS_ACCESS_KEY_ID", demo), os.Setenv("AWS_SECRET_ACCESS_KEY", demo))
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
