package cloudtest

import (
	"bytes"
	"maps"
	"net/http"
)

// reply holds an answer back until it is known whether it arrives.
type reply struct {
	header http.Header
	sent   http.Header // the header as it was when the status was written
	status int
	body   bytes.Buffer
}

func newReply() *reply { return &reply{header: http.Header{}} }

func (p *reply) Header() http.Header { return p.header }

func (p *reply) WriteHeader(status int) {
	// Informational replies (1xx) are not the answer.
	if p.status != 0 || status < http.StatusOK {
		return
	}
	p.status, p.sent = status, p.header.Clone()
}

func (p *reply) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.body.Write(b)
}

func (p *reply) send(w http.ResponseWriter) {
	p.WriteHeader(http.StatusOK)
	maps.Copy(w.Header(), p.sent)
	w.WriteHeader(p.status)
	// The client may be gone; it then sees what it sees of any broken connection.
	_, _ = w.Write(p.body.Bytes())
}

// cut breaks the client's connection in the middle of a reply. The first line has gone out, because
// net/http would quietly send a GET again whose reused connection ends before a single byte of the
// reply, and the fault would never reach its user.
func cut(w http.ResponseWriter) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, or a writer that is no connection.
		panic(http.ErrAbortHandler)
	}
	_, _ = buffered.WriteString("HTTP/1.1 200 OK\r\n")
	_ = buffered.Flush()
	_ = conn.Close()
}
