package controller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// spare keeps what a load balancer serves when this process begins with a certificate or a scheme that is refused: the engine cannot know what
// that served before. It ends when that is mended, or when a person changes any of the objects.
func (c *controller) spare(id model.ID, b *balancer, told bool, ask, leave []claim) {
	now := ""
	if len(leave) == 0 && slices.ContainsFunc(b.problems, wouldTakeAway) {
		now = generations(ask)
	}
	if told && now != b.spared {
		now = ""
	}
	b.spared = now
	c.engine.Spare(id, now != "")
}

// wouldTakeAway tells whether a problem is that a certificate cannot be had, or of which scheme the load balancer is.
func wouldTakeAway(p model.Problem) bool {
	return p.Refuses() && (strings.HasPrefix(p.Origin.Field, "spec.tls") || aboutScheme(p))
}

func aboutScheme(p model.Problem) bool {
	return p.Origin.Field == "metadata.annotations[headgate.io/scheme]"
}

// keepScheme leaves a load balancer where it is reached while an annotation does not say from where that should be: another scheme is another
// load balancer. One that this process has not seen before is what the build makes of it, which is internal.
func (b *balancer) keepScheme(lb *model.LoadBalancer, problems []model.Problem) {
	if b.scheme != "" && slices.ContainsFunc(problems, aboutScheme) {
		lb.Scheme = b.scheme
	}
	b.scheme = cmp.Or(lb.Scheme, model.InternetFacing)
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
