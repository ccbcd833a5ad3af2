package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The picture of a flow is usable by keyboard, with and without script, in both colour schemes, narrow and on paper.
func TestThePictureOfAFlow(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	d := startDemo(t)
	v := newVisitor(t, d.base)
	v.enter(d.link, "Sign in", nil)
	at := func(name string) string {
		return "/instances/" + d.sim.instance + "/flows/" + aws.ToString(d.sim.flow(t, name).Id)
	}
	browse(t, "picture.mjs", map[string]string{"base": d.base, "cookies": v.cookies(t), "gaps": at("Billing"), "long": at(longName(t, d.sim))})
}
