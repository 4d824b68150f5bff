// Package modeltest generates load balancers and requests for property tests.
//
// It draws from few words, so that routes overlap and share hosts and prefixes, and requests match
// them or narrowly miss them.
package modeltest
