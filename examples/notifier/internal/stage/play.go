package stage

import (
	"context"
	"fmt"
	"time"

	"burrow.example/zookeeper/examples/notifier/internal/uptime"
)

// Play is what the demonstrations have in common: outages of the shop, and what befalls the leaders meanwhile. It
// writes down what it stages, for the verdict.
type Play struct {
	Teller *Teller
	Shop   *Site
	// Verdict has Receiver and Ledger set; the rest comes from the play.
	Verdict *Verdict
	// InLine waits until every instance stands in line to lead.
	InLine func(context.Context) error
}

// patience is how long any one step may take.
const patience = 20 * time.Second

// Outage takes the shop down as happens sees fit, brings it back, and waits until the webhook knows and all
// instances are ready for the next one.
func (p *Play) Outage(ctx context.Context, title, meanwhile string, happens func(context.Context) error) error {
	number := len(p.Verdict.Outages) + 1
	p.Teller.Scene("Outage %d: %s", number, title)
	p.Verdict.Outages = append(p.Verdict.Outages, Outage{Began: time.Now(), Meantime: meanwhile})
	if err := p.outage(ctx, happens); err != nil {
		return fmt.Errorf("outage %d: %w", number, err)
	}
	return nil
}

func (p *Play) outage(ctx context.Context, happens func(context.Context) error) error {
	if err := happens(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	back := time.Now()
	p.Shop.ComeBack()
	if _, err := p.Verdict.Receiver.Await(ctx, uptime.CloseEvent, back); err != nil {
		return err
	}
	return p.Settled(ctx)
}

// Opened takes the shop down, waits until the webhook has heard of it and the leader knows that it has, and names the
// leader.
func (p *Play) Opened(ctx context.Context) (leader string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	down := time.Now()
	p.Shop.GoDown()
	if _, err := p.Verdict.Receiver.Await(ctx, uptime.OpenEvent, down); err != nil {
		return "", err
	}
	if err := p.Quiet(ctx); err != nil {
		return "", err
	}
	return p.Leader(), nil
}

// Leader names the instance that leads, as far as the world can see.
func (p *Play) Leader() string { return p.Verdict.Ledger.Last().Instance }

// Quiet lets two more checks pass, in which the webhook could hear of something that it should not.
func (p *Play) Quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.Verdict.Ledger.AwaitMore(ctx, 2)
}

// Settled waits until every instance stands in line and one of them works.
func (p *Play) Settled(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.InLine(ctx); err != nil {
		return err
	}
	return p.Quiet(ctx)
}

// HandOver takes the lead from its holder in the given way, which says from whom and when, and measures how long it
// takes until the next one acts.
func (p *Play) HandOver(ctx context.Context, how, note string, take func(context.Context) (from string, at time.Time, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	term := p.Verdict.Ledger.Last().Term
	from, at, err := take(ctx)
	if err != nil {
		return err
	}
	next, err := p.Verdict.Ledger.Await(ctx, term)
	if err != nil {
		return err
	}
	h := HandOver{How: how, From: from, To: next.Instance, Took: next.At.Sub(at), Note: note}
	p.Verdict.HandOvers = append(p.Verdict.HandOvers, h)
	p.Teller.Say("demo", "%s took over from %s after %s", h.To, h.From, h.took())
	return p.Quiet(ctx)
}

// Kept has something happen that should cost nobody the lead, waits as long as it could, and writes down that it
// was kept, or that it was not.
func (p *Play) Kept(ctx context.Context, how, note string, happens func(context.Context) error) error {
	before := p.Verdict.Ledger.Last()
	if err := happens(ctx); err != nil {
		return err
	}
	if err := p.Quiet(ctx); err != nil {
		return err
	}
	after := p.Verdict.Ledger.Last()
	h := HandOver{How: how, From: before.Instance, To: after.Instance, Kept: after.Term == before.Term, Note: note}
	p.Verdict.HandOvers = append(p.Verdict.HandOvers, h)
	if !h.Kept {
		p.Verdict.Problems = append(p.Verdict.Problems, fmt.Sprintf("%s: %s lost the lead", how, before.Instance))
		return nil
	}
	p.Teller.Say("demo", "%s leads as before", after.Instance)
	return nil
}
