package connectsim_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/connect"

	"wrapup/internal/connectsim"
)

// BenchmarkDescribe is one DescribeContactFlow through the SDK over loopback.
func BenchmarkDescribe(b *testing.B) {
	w := serve(b, "demo", connectsim.Options{})
	c := w.lenient(east)
	in := &connect.DescribeContactFlowInput{InstanceId: aws.String(first), ContactFlowId: aws.String(named(b, c, first, "Main line"))}
	for b.Loop() {
		if _, err := c.DescribeContactFlow(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "describes/s")
}

// BenchmarkStart is a new simulator with the demo data, ready to answer.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if err := connectsim.New(connectsim.Options{}).Seed("demo"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory holds 5,000 flows of 20 kB and reports the heap per content byte.
func BenchmarkMemory(b *testing.B) {
	const flows, size = 5_000, 20_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := connectsim.New(connectsim.Options{})
		in := connectsim.InstanceInfo{Alias: "big", ID: first, Region: east, Account: "111122223333"}
		for i := range flows {
			s.PutFlow(in, connectsim.SeedFlow{Name: "Line " + strings.Repeat("i", i%50) + string(rune(0x4e00+i)), Published: strings.Repeat("x", size)})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		runtime.KeepAlive(s)
	}
}
