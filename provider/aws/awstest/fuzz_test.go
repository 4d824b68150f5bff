package awstest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// FuzzControlPlane sends arbitrary requests, which must never make the server fail.
func FuzzControlPlane(f *testing.F) {
	for _, seed := range []string{
		"Action=DescribeLoadBalancers&Version=2015-12-01",
		"Action=CreateTargetGroup&Version=2015-12-01&Name=a&Protocol=HTTP&Port=80&VpcId=vpc-0a1b2c3d4e5f60718&TargetType=ip&Tags.member.1.Key=x",
		"Action=CreateRule&ListenerArn=arn:x&Conditions.member.1.Field=path-pattern&Conditions.member.1.Values.member.1=/&Priority=1&Actions.member.1.Type=forward",
		"Action=CreateRule&Conditions=&Actions.member.2.Type=redirect&Actions.member.1.RedirectConfig.StatusCode=HTTP_301",
		"Action=CreateSecurityGroup&Version=2016-11-15&GroupName=a&GroupDescription=b&VpcId=vpc-0a1b2c3d4e5f60718",
		"Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-0a1b2c3d4e5f60000&IpPermissions.1.IpProtocol=tcp",
		"Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=*",
		"Tags.member.x=1&Action=AddTags&ResourceArns.member.1=",
	} {
		f.Add("elasticloadbalancing", "", seed)
		f.Add("ec2", "", seed)
	}
	f.Add("acm", "CertificateManager.ListCertificates", `{"Includes":{"keyTypes":["RSA_2048"]}}`)
	f.Add("acm", "CertificateManager.ImportCertificate", `{"Certificate":"eA==","PrivateKey":"eA=="}`)
	f.Fuzz(func(t *testing.T, service, target, body string) {
		s := awstest.NewHandler(awstest.Options{})
		defer s.Close()
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
		if target != "" {
			r.Header.Set("X-Amz-Target", target)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	})
}
