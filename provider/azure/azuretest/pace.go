package azuretest

import "time"

// pace is how long an operation asks a client to wait: after the request that began it, and after
// each poll that finds it at work. The last is asked for again and again. The poll that finds it
// ended asks for nothing.
type pace struct {
	first time.Duration
	polls []time.Duration
}

func seconds(first int, polls ...int) pace {
	p := pace{first: time.Duration(first) * time.Second}
	for _, n := range polls {
		p.polls = append(p.polls, time.Duration(n)*time.Second)
	}
	return p
}

// gatewayPace is that of a write of a gateway of the second generation. Recorded are 5, 1 and 2;
// Unverified: what follows.
func gatewayPace() pace { return seconds(5, 1, 2, 4, 8, 10) }

// publicIPPace is that of a write of a public IP address. Recorded is the first; Unverified: the
// polls.
func publicIPPace() pace { return seconds(1, 1, 2, 4, 8, 10) }

// networkPace is that of a write of a virtual network, as recorded in 2021. Unverified: subnets and
// security groups.
func networkPace() pace { return seconds(3, 10, 20, 20, 40) }

// longPace is that of a deletion or an action, as recorded from a gateway of the first generation
// in 2021. Unverified: the second.
func longPace() pace { return seconds(10, 10, 20, 20, 100) }

// nextPause is what the poll at hand asks for.
func (op *operation) nextPause() time.Duration {
	if len(op.pace.polls) == 0 {
		return op.pace.first
	}
	pause := op.pace.polls[min(op.polls, len(op.pace.polls)-1)]
	op.polls++
	return pause
}
