package awstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// openGroup creates a security group that opens all TCP ports.
func (a *account) openGroup(t *testing.T, name string) string {
	t.Helper()
	made, err := a.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String(name), Description: aws.String("of a test"), VpcId: aws.String(a.VPCID()),
	})
	if err != nil {
		t.Fatalf("create security group: %v", err)
	}
	_, err = a.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: made.GroupId, IpPermissions: []types.IpPermission{anyTCP()}})
	if err != nil {
		t.Fatalf("authorize ingress: %v", err)
	}
	return *made.GroupId
}

func anyTCP() types.IpPermission {
	return types.IpPermission{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(0), ToPort: aws.Int32(65535), IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}},
	}
}
