package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// identity describes the pod that answers.
type identity struct {
	Pod       string `json:"pod"`
	Namespace string `json:"namespace"`
	Node      string `json:"node"`
	IP        string `json:"ip"`
}

// identityOf reads the variables that the node sets for every pod.
func identityOf(env func(string) string) identity {
	return identity{Pod: env("POD_NAME"), Namespace: env("POD_NAMESPACE"), Node: env("NODE_NAME"), IP: env("POD_IP")}
}

// answer is the reply to every path without a handler of its own.
type answer struct {
	identity
	Method  string      `json:"method"`
	Host    string      `json:"host"`
	Path    string      `json:"path"`
	Query   string      `json:"query"`
	Proto   string      `json:"proto"`
	Remote  string      `json:"remote"`
	Headers http.Header `json:"headers"`
}

// newHandler answers /healthz, whose status PUT with ?status=N sets, and echoes every other
// request: ?delay=DURATION delays the reply, and ?status=N sets its status.
func newHandler(id identity) http.Handler {
	mux := http.NewServeMux()
	var health atomic.Int64
	health.Store(http.StatusOK)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(health.Load())) })
	mux.HandleFunc("PUT /healthz", func(w http.ResponseWriter, r *http.Request) {
		status, ok := statusOf(r)
		if !ok {
			http.Error(w, "status: not a number from 200 to 599", http.StatusBadRequest)
			return
		}
		health.Store(int64(status))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { echo(w, r, id) })
	return mux
}

func echo(w http.ResponseWriter, r *http.Request, id identity) {
	delay, err := time.ParseDuration(or(r.URL.Query().Get("delay"), "0s"))
	status, ok := statusOf(r)
	if err != nil || !ok {
		http.Error(w, "delay or status: not readable", http.StatusBadRequest)
		return
	}
	select {
	case <-r.Context().Done():
		return
	case <-time.After(delay):
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer{ // The client may have gone.
		identity: id, Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery, Proto: r.Proto,
		Remote: r.RemoteAddr, Headers: r.Header,
	})
}

// statusOf returns the status that the request asks for, 200 by default.
func statusOf(r *http.Request) (int, bool) {
	status, err := strconv.Atoi(or(r.URL.Query().Get("status"), "200"))
	return status, err == nil && status >= 200 && status < 600
}
