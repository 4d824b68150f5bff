package aws

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// ruleRecord is a rule.
type ruleRecord struct {
	arn  string
	spec RuleSpec
}

// isDefault reports whether r is the default rule of its listener, which has no priority.
func (r ruleRecord) isDefault() bool { return r.spec.Priority == 0 }

func toRule(r types.Rule) ruleRecord {
	return ruleRecord{arn: aws.ToString(r.RuleArn), spec: RuleSpec{
		Priority: numberOr(aws.ToString(r.Priority), 0), Conditions: fromConditions(r.Conditions), Action: fromActions(r.Actions),
	}}
}

// rules reads the rules of a listener, except the default one.
func (c *Client) rules(ctx context.Context, listener string) ([]ruleRecord, error) {
	all, err := c.describeRules(ctx, &elb.DescribeRulesInput{ListenerArn: &listener})
	return slices.DeleteFunc(all, ruleRecord.isDefault), err
}

// describeRules reads rules, including default rules.
func (c *Client) describeRules(ctx context.Context, in *elb.DescribeRulesInput) ([]ruleRecord, error) {
	return readAll(ctx, "DescribeRules", c.elb.DescribeRules, in, func(out *elb.DescribeRulesOutput) ([]ruleRecord, *string) {
		return convert(out.Rules, toRule), out.NextMarker
	}, func(token *string) { in.Marker = token })
}

// createRule creates a rule and returns its ARN. The spec has ARNs instead of names.
func (c *Client) createRule(ctx context.Context, listener string, spec RuleSpec, tags map[string]string) (string, error) {
	out, err := write(ctx, "CreateRule", c.elb.CreateRule, &elb.CreateRuleInput{
		ListenerArn: &listener, Priority: aws.Int32(int32(spec.Priority)), Conditions: toConditions(spec.Conditions),
		Actions: toActions(spec.Action), Tags: elbTags(tags),
	}, elbOnce)
	if err != nil {
		return "", err
	}
	made, err := only("CreateRule", out.Rules)
	if err != nil {
		return "", err
	}
	return present("CreateRule", made.RuleArn)
}

func (c *Client) modifyRule(ctx context.Context, arn string, spec RuleSpec) error {
	_, err := write(ctx, "ModifyRule", c.elb.ModifyRule, &elb.ModifyRuleInput{
		RuleArn: &arn, Conditions: toConditions(spec.Conditions), Actions: toActions(spec.Action),
	}, elbOnce)
	return err
}

func (c *Client) deleteRule(ctx context.Context, arn string) error {
	_, err := write(ctx, "DeleteRule", c.elb.DeleteRule, &elb.DeleteRuleInput{RuleArn: &arn}, elbOnce)
	return err
}

// setPriorities sets the priorities of rules, by ARN, in one call.
func (c *Client) setPriorities(ctx context.Context, priorities map[string]int) error {
	in := &elb.SetRulePrioritiesInput{}
	for _, arn := range sortedKeys(priorities) {
		in.RulePriorities = append(in.RulePriorities, types.RulePriorityPair{RuleArn: aws.String(arn), Priority: aws.Int32(int32(priorities[arn]))})
	}
	_, err := write(ctx, "SetRulePriorities", c.elb.SetRulePriorities, in, elbOnce)
	return err
}

// toActions returns the actions for a call. The groups of a are ARNs.
func toActions(a ActionSpec) []types.Action {
	switch {
	case a.Redirect != nil:
		r := a.Redirect
		return []types.Action{{Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{
			Protocol: &r.Protocol, Host: &r.Host, Port: &r.Port, Path: &r.Path, Query: aws.String("#{query}"), StatusCode: types.RedirectActionStatusCodeEnum(r.Status),
		}}}
	case a.Fixed != nil:
		config := &types.FixedResponseActionConfig{StatusCode: &a.Fixed.Status}
		if a.Fixed.ContentType != "" {
			config.ContentType = &a.Fixed.ContentType
		}
		if a.Fixed.Body != "" {
			config.MessageBody = &a.Fixed.Body
		}
		return []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: config}}
	case len(a.Forward) == 1:
		return []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &a.Forward[0].Group}}
	default:
		config := &types.ForwardActionConfig{}
		for _, s := range a.Forward {
			config.TargetGroups = append(config.TargetGroups, types.TargetGroupTuple{TargetGroupArn: aws.String(s.Group), Weight: aws.Int32(int32(s.Weight))})
		}
		return []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: config}}
	}
}

// fromActions returns the routing action, with names instead of ARNs.
func fromActions(actions []types.Action) ActionSpec {
	var spec ActionSpec
	for _, a := range actions {
		switch {
		case a.RedirectConfig != nil:
			r := a.RedirectConfig
			spec.Redirect = &RedirectSpec{
				Protocol: aws.ToString(r.Protocol), Host: aws.ToString(r.Host), Port: aws.ToString(r.Port), Path: aws.ToString(r.Path), Status: string(r.StatusCode),
			}
		case a.FixedResponseConfig != nil:
			f := a.FixedResponseConfig
			spec.Fixed = &FixedSpec{Status: aws.ToString(f.StatusCode), ContentType: aws.ToString(f.ContentType), Body: aws.ToString(f.MessageBody)}
		case a.ForwardConfig != nil:
			spec.Forward = fromForward(a.ForwardConfig.TargetGroups)
		case a.TargetGroupArn != nil:
			spec.Forward = []Share{{Group: targetGroupName(*a.TargetGroupArn), Weight: 1}}
		}
	}
	return spec
}

func fromForward(tuples []types.TargetGroupTuple) []Share {
	shares := make([]Share, 0, len(tuples))
	for _, t := range tuples {
		weight := 1
		if t.Weight != nil && len(tuples) > 1 {
			weight = int(*t.Weight)
		}
		shares = append(shares, Share{Group: targetGroupName(aws.ToString(t.TargetGroupArn)), Weight: weight})
	}
	slices.SortFunc(shares, func(a, b Share) int { return strings.Compare(a.Group, b.Group) })
	return shares
}

func toConditions(conditions []Condition) []types.RuleCondition {
	all := make([]types.RuleCondition, 0, len(conditions))
	for _, c := range conditions {
		out := types.RuleCondition{Field: aws.String(c.Field)}
		switch c.Field {
		case "host-header":
			out.HostHeaderConfig = &types.HostHeaderConditionConfig{Values: c.Values, RegexValues: c.Regexes}
		case "path-pattern":
			out.PathPatternConfig = &types.PathPatternConditionConfig{Values: c.Values, RegexValues: c.Regexes}
		case "http-header":
			out.HttpHeaderConfig = &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String(c.Name), Values: c.Values, RegexValues: c.Regexes}
		case "http-request-method":
			out.HttpRequestMethodConfig = &types.HttpRequestMethodConditionConfig{Values: c.Values}
		case "query-string":
			out.QueryStringConfig = &types.QueryStringConditionConfig{Values: []types.QueryStringKeyValuePair{{Key: aws.String(c.Name), Value: aws.String(c.Values[0])}}}
		}
		all = append(all, out)
	}
	return all
}

// fromConditions returns conditions in the order of sortConditions, because AWS does not document
// that it retains the order.
func fromConditions(conditions []types.RuleCondition) []Condition {
	all := make([]Condition, 0, len(conditions))
	for _, c := range conditions {
		out := Condition{Field: aws.ToString(c.Field), Values: c.Values, Regexes: c.RegexValues}
		switch {
		case c.HostHeaderConfig != nil:
			out.Values, out.Regexes = c.HostHeaderConfig.Values, c.HostHeaderConfig.RegexValues
		case c.PathPatternConfig != nil:
			out.Values, out.Regexes = c.PathPatternConfig.Values, c.PathPatternConfig.RegexValues
		case c.HttpHeaderConfig != nil:
			out.Name, out.Values, out.Regexes = aws.ToString(c.HttpHeaderConfig.HttpHeaderName), c.HttpHeaderConfig.Values, c.HttpHeaderConfig.RegexValues
		case c.HttpRequestMethodConfig != nil:
			out.Values = c.HttpRequestMethodConfig.Values
		case c.QueryStringConfig != nil && len(c.QueryStringConfig.Values) == 1:
			out.Name, out.Values = aws.ToString(c.QueryStringConfig.Values[0].Key), []string{aws.ToString(c.QueryStringConfig.Values[0].Value)}
		case c.SourceIpConfig != nil:
			out.Values = c.SourceIpConfig.Values
		}
		all = append(all, out)
	}
	sortConditions(all)
	return all
}

// sortConditions sorts conditions by field, then by text.
func sortConditions(all []Condition) {
	slices.SortStableFunc(all, func(a, b Condition) int {
		if c := cmp.Compare(rank(a.Field), rank(b.Field)); c != 0 {
			return c
		}
		return cmp.Compare(a.String(), b.String())
	})
}

func rank(field string) int {
	return slices.Index([]string{"host-header", "path-pattern", "http-request-method", "http-header", "query-string"}, field)
}
