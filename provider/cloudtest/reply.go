package cloudtest

import (
	"bytes"
	"maps"
	"net/http"
)

// reply buffers a reply until the wire has decided whether the client gets it.
type reply struct {
	header http.Header
	sent   http.Header // the header as it was when the status was written
	status int
	body   bytes.Buffer
}

func newReply() *reply { return &reply{header: http.Header{}} }

func (p *reply) Header() http.Header { return p.header }

func (p *reply) WriteHeader(status int) {
	// Informational replies (1xx) are not the final one.
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
	// A client that is gone needs no error.
	_, _ = w.Write(p.body.Bytes())
}

// cut closes the client's connection in the middle of a reply. It sends the first line before,
// because net/http silently repeats a GET if a reused connection ends before the first byte of the
// reply. The client would then never see the fault.
func cut(w http.ResponseWriter) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2, or a writer without a connection
		panic(http.ErrAbortHandler)
	}
	_, _ = buffered.WriteString("HTTP/1.1 200 OK\r\n")
	_ = buffered.Flush()
	_ = conn.Close()
}
