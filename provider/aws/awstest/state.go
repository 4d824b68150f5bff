package awstest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// loadBalancer is a stored Application Load Balancer.
type loadBalancer struct {
	Shape      elbLoadBalancer
	Attributes map[string]string
	Tags       []elbTag
	created    time.Time
	activeAt   time.Time
	listeners  []*listener // in the order of creation
}

// targetGroup is a stored target group with its registered targets.
type targetGroup struct {
	Shape      elbTargetGroup
	Attributes map[string]string
	Tags       []elbTag
	Targets    []elbTarget // with port and zone
	created    time.Time
	registered map[targetKey]bool // the keys of Targets
	users      map[*listener]bool // the listeners whose rules forward to it
	mayDrain   bool               // deregistered targets may still be draining
	pool       *pool
}

// targetKey identifies a target of a group.
type targetKey struct {
	id   string
	port int32
}

func keyOf(t elbTarget) targetKey { return targetKey{id: t.Id, port: *t.Port} }

// listener is a stored listener with its rules, the default rule last.
type listener struct {
	Shape        elbListener
	Certificates []string // without the default one, in the order in which they were added
	Attributes   map[string]string
	Tags         []elbTag
	rules        []*rule
	created      time.Time
	refers       map[*targetGroup]bool // the target groups that its rules forward to
	served       string                // the address at which the data plane serves it, or empty
}

// rule is a stored rule of a listener.
type rule struct {
	Shape   elbRule
	Tags    []elbTag
	created time.Time
}

// state holds all resources. The lock of the server guards it.
type state struct {
	balancers    catalog[loadBalancer]
	groups       catalog[targetGroup]
	listeners    catalog[listener]
	network      network
	certificates []*certificate
	serial       int
}

// nextID returns a new ID of n hexadecimal digits. IDs depend only on the order of calls, so that
// runs can be compared.
func (st *state) nextID(n int) string {
	st.serial++
	sum := sha256.Sum256([]byte(strconv.Itoa(st.serial)))
	return hex.EncodeToString(sum[:])[:n]
}

// catalog holds resources in the order of creation and by ARN.
type catalog[T any] struct {
	all   []*T
	byARN map[string]*T
}

func (c *catalog[T]) add(arn string, one *T) {
	if c.byARN == nil {
		c.byARN = map[string]*T{}
	}
	c.byARN[arn] = one
	c.all = append(c.all, one)
}

func (c *catalog[T]) drop(arn string) {
	c.all = remove(c.all, c.byARN[arn])
	delete(c.byARN, arn)
}

func (st *state) balancer(arn string) *loadBalancer { return st.balancers.byARN[arn] }

func (st *state) group(arn string) *targetGroup { return st.groups.byARN[arn] }

func (st *state) listener(arn string) *listener { return st.listeners.byARN[arn] }

// rule returns a rule and its listener, or nil. The ARN of the listener is a prefix of that of the
// rule.
func (st *state) rule(arn string) (*listener, *rule) {
	l := st.listener(strings.Replace(arn[:max(strings.LastIndexByte(arn, '/'), 0)], ":listener-rule/", ":listener/", 1))
	if l == nil {
		return nil, nil
	}
	r := find(l.rules, func(r *rule) bool { return r.Shape.RuleArn == arn })
	if r == nil {
		return nil, nil
	}
	return l, r
}

// loadBalancersOf returns the load balancers whose listeners refer to a target group. There is at
// most one (TargetGroupAssociationLimit).
func (st *state) loadBalancersOf(g *targetGroup) []string {
	var arns []string
	for l := range g.users {
		if !slices.Contains(arns, l.Shape.LoadBalancerArn) {
			arns = append(arns, l.Shape.LoadBalancerArn)
		}
	}
	return arns
}

// groups returns all target groups that the rules of a load balancer forward to.
func (lb *loadBalancer) groups() map[*targetGroup]bool {
	all := map[*targetGroup]bool{}
	for _, l := range lb.listeners {
		maps.Copy(all, l.refers)
	}
	return all
}

// relink updates the references between a listener and the target groups of its rules. It returns
// the groups for which they changed.
func (st *state) relink(l *listener) []*targetGroup {
	now := map[*targetGroup]bool{}
	for _, arn := range l.groups() {
		now[st.group(arn)] = true
	}
	var changed []*targetGroup
	for g := range now {
		if !l.refers[g] {
			g.users[l] = true
			changed = append(changed, g)
		}
	}
	for g := range l.refers {
		if !now[g] {
			delete(g.users, l)
			changed = append(changed, g)
		}
	}
	l.refers = now
	return changed
}

// groups returns the target groups that the rules of a listener forward to, whatever their weight.
func (l *listener) groups() []string {
	var arns []string
	for _, r := range l.rules {
		arns = append(arns, groupsOf(r.Shape.Actions)...)
	}
	return arns
}

func groupsOf(actions []elbAction) []string {
	var arns []string
	for _, a := range actions {
		if a.ForwardConfig == nil {
			continue
		}
		for _, t := range a.ForwardConfig.TargetGroups {
			arns = append(arns, t.TargetGroupArn)
		}
	}
	return arns
}

// defaultRule returns the rule with the default actions of a listener.
func (l *listener) defaultRule() *rule { return l.rules[len(l.rules)-1] }

func find[T any](all []*T, is func(*T) bool) *T {
	for _, one := range all {
		if is(one) {
			return one
		}
	}
	return nil
}

func remove[T any](all []*T, one *T) []*T {
	return slices.DeleteFunc(all, func(other *T) bool { return other == one })
}

func (s *Server) arn(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, s.options.Region, s.options.AccountID, resource)
}

func ptr[T any](v T) *T { return &v }

// or returns *p, or otherwise if p is nil.
func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
