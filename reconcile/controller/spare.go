package controller

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// spare keeps what a load balancer serves when this process begins with a certificate that is refused: the engine cannot know what that
// served before. It ends when the certificate is mended, or when a person changes any of the objects.
func (c *controller) spare(id model.ID, b *balancer, told bool, ask, leave []claim) {
	now := ""
	if len(leave) == 0 && slices.ContainsFunc(b.problems, aboutCertificate) {
		now = generations(ask)
	}
	if told && now != b.spared {
		now = ""
	}
	b.spared = now
	c.engine.Spare(id, now != "")
}

// aboutCertificate tells whether a problem is that a certificate cannot be had.
func aboutCertificate(p model.Problem) bool {
	return p.Refuses() && strings.HasPrefix(p.Origin.Field, "spec.tls")
}

// generations tells one state of some objects from any other.
func generations(claims []claim) string {
	lines := make([]string, len(claims))
	for i, cl := range claims {
		lines[i] = fmt.Sprintf("%s %d %v", cl.ref(), cl.object.GetGeneration(), cl.object.GetAnnotations())
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
