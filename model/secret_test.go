package model_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
)

func TestSecretsPrintAsRedacted(t *testing.T) {
	value := []byte("hunter2")
	s := model.NewSecret(value)
	c := model.Certificate{Name: "c", Key: s}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "certificate", c)
	raw := fmt.Sprint(value)
	for _, printed := range []string{
		fmt.Sprint(s), fmt.Sprintf("%+v %#v %s %q %x", c, c, c, c, s), fmt.Sprintf("%#v", s), string(asJSON), log.String(), string(must(s.MarshalText())),
	} {
		if strings.Contains(printed, "hunter2") || strings.Contains(printed, raw) || strings.Contains(printed, "68756e74") {
			t.Errorf("a secret in %s", printed)
		}
	}
	hidden := fmt.Sprintf("%+v %v", struct{ inner model.Secret }{s}, struct{ inner *model.Certificate }{&c})
	if strings.Contains(hidden, raw) || strings.Contains(hidden, "hunter2") {
		t.Errorf("a secret in %s", hidden)
	}
	if !s.Equal(model.NewSecret(value)) || s.Equal(model.NewSecret([]byte("hunter3"))) || s.Equal(model.Secret{}) {
		t.Error("equal is not by value")
	}
	value[0] = 'X'
	if string(s.Reveal()) != "hunter2" || s.Empty() || !(model.Secret{}).Empty() {
		t.Errorf("revealed %s", s.Reveal())
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
