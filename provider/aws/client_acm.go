package aws

import (
	"bytes"
	"context"
	"encoding/pem"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"golang.org/x/sync/errgroup"
)

// certificateRecord is an imported certificate.
type certificateRecord struct {
	arn  string
	tags map[string]string
}

func toCertificate(s types.CertificateSummary) certificateRecord {
	return certificateRecord{arn: aws.ToString(s.CertificateArn)}
}

// certificates reads all imported certificates and their tags. Certificate Manager cannot filter by
// name or tag, and lists only RSA_2048 keys unless the other key types are given
// (ListCertificates).
func (c *Client) certificates(ctx context.Context) ([]certificateRecord, error) {
	in := &acm.ListCertificatesInput{Includes: &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()}}
	all, err := readAll(ctx, "ListCertificates", c.acm.ListCertificates, in, func(out *acm.ListCertificatesOutput) ([]certificateRecord, *string) {
		imported := slices.DeleteFunc(out.CertificateSummaryList, func(s types.CertificateSummary) bool {
			return s.Type != types.CertificateTypeImported && s.Type != ""
		})
		return convert(imported, toCertificate), out.NextToken
	}, func(token *string) { in.NextToken = token })
	if err != nil {
		return nil, err
	}
	return c.withTags(ctx, all)
}

// withTags reads the tags of certificates concurrently, and sorts them by ARN. A certificate that
// was deleted since then has no tags.
func (c *Client) withTags(ctx context.Context, all []certificateRecord) ([]certificateRecord, error) {
	var reads errgroup.Group
	reads.SetLimit(maxReads)
	for i := range all {
		reads.Go(func() (err error) {
			all[i].tags, err = c.certificateTags(ctx, all[i].arn)
			return ignoreNotFound(err)
		})
	}
	err := reads.Wait()
	slices.SortFunc(all, func(a, b certificateRecord) int { return strings.Compare(a.arn, b.arn) })
	return all, err
}

func (c *Client) certificateTags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := read(ctx, "ListTagsForCertificate", c.acm.ListTagsForCertificate, &acm.ListTagsForCertificateInput{CertificateArn: &arn})
	if err != nil {
		return nil, err
	}
	tags := make(map[string]string, len(out.Tags))
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

// importCertificate imports a certificate and its chain. It returns the ARN.
func (c *Client) importCertificate(ctx context.Context, chain, key []byte, tags map[string]string) (string, error) {
	in := &acm.ImportCertificateInput{PrivateKey: key}
	in.Certificate, in.CertificateChain = splitChain(chain)
	for _, k := range sortedKeys(tags) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	out, err := write(ctx, "ImportCertificate", c.acm.ImportCertificate, in, acmOnce)
	if err != nil {
		return "", err
	}
	return present("ImportCertificate", out.CertificateArn)
}

func (c *Client) deleteCertificate(ctx context.Context, arn string) error {
	_, err := write(ctx, "DeleteCertificate", c.acm.DeleteCertificate, &acm.DeleteCertificateInput{CertificateArn: &arn}, acmOnce)
	return err
}

// splitChain separates the leaf certificate from the rest of the chain.
func splitChain(chain []byte) (leaf, rest []byte) {
	block, rest := pem.Decode(chain)
	if block == nil {
		return chain, nil
	}
	if rest = bytes.TrimSpace(rest); len(rest) == 0 {
		rest = nil
	}
	return pem.EncodeToMemory(block), rest
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
