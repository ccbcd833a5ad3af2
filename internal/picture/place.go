package picture

// place gives the items their coordinates, from y on downwards, and says where the part ends.
func (p *part) place(top int) int {
	if len(p.items) == 0 {
		return top
	}
	for _, layer := range p.layers {
		y := 0
		for i, at := range layer {
			if i > 0 {
				y += p.gap(layer[i-1], at)
			}
			p.items[at].y = y
			y += p.items[at].h
		}
	}
	// The last pass is from the left: a way from block to block becomes a straight line.
	for _, look := range []struct{ left, right, back bool }{{left: true}, {right: true, back: true}, {true, true, false}, {true, true, true}, {left: true}} {
		for l := range p.layers {
			if look.back {
				l = len(p.layers) - 1 - l
			}
			p.settle(p.layers[l], look.left, look.right)
		}
	}
	return p.set(top)
}

func (p *part) gap(a, b int) int {
	if p.items[a].node < 0 || p.items[b].node < 0 {
		return laneGap
	}
	return nodeGap
}

// run is items that touch one another and move as one.
type run struct {
	sum, weight float64
	items       int
}

// settle moves a column's items to where their lines are straight, as far as their order lets them: the least squares of
// what each wants on account of its neighbours at the sides that are looked at, found by pooling neighbours that want to pass one another.
func (p *part) settle(layer []int, left, right bool) {
	runs := make([]run, 0, len(layer))
	offset := 0
	for i, at := range layer {
		if i > 0 {
			offset += p.items[layer[i-1]].h + p.gap(layer[i-1], at)
		}
		want, weight := p.want(at, left, right)
		r := run{(want - float64(offset)) * weight, weight, 1}
		for n := len(runs); n > 0 && runs[n-1].sum/runs[n-1].weight >= r.sum/r.weight; n-- {
			r = run{r.sum + runs[n-1].sum, r.weight + runs[n-1].weight, r.items + runs[n-1].items}
			runs = runs[:n-1]
		}
		runs = append(runs, r)
	}
	offset = 0
	i := 0
	for _, r := range runs {
		at := r.sum / r.weight
		for range r.items {
			if i > 0 {
				offset += p.items[layer[i-1]].h + p.gap(layer[i-1], layer[i])
			}
			y := whole(at) + offset
			p.items[layer[i]].y = y
			i++
		}
	}
}

func whole(v float64) int {
	if v < 0 {
		return -int(-v + .5)
	}
	return int(v + .5)
}

// want is where an item's lines would be straight, and how strongly it wants it. Errors count only where there is nothing
// else: the ways that most contacts take are to be straight.
func (p *part) want(i int, left, right bool) (y, weight float64) {
	it := &p.items[i]
	sum, total, heaviest := 0, 0, 0
	add := func(y, w int) {
		if w > heaviest {
			sum, total, heaviest = 0, 0, w
		}
		if w == heaviest {
			sum, total = sum+y*w, total+w
		}
	}
	if left {
		for _, h := range p.behind[i] {
			hop := &p.hops[h]
			add(p.items[hop.from].y+hop.leaves-hop.enters, hop.weight)
		}
	}
	if right {
		for _, h := range p.ahead[i] {
			hop := &p.hops[h]
			add(p.items[hop.to].y+hop.enters-hop.leaves, hop.weight)
		}
	}
	if it.anchor >= 0 {
		a := &p.items[it.anchor]
		y := a.y + a.h + laneGap
		if it.place < a.place {
			y = a.y - laneGap
		}
		add(y, 1)
	}
	if total == 0 {
		return float64(it.y), .1
	}
	return float64(sum) / float64(total), float64(total)
}

// set gives the nodes their places: each column as wide as its widest box, the part's highest item at top.
func (p *part) set(top int) int {
	least, most := p.items[0].y, p.items[0].y
	for i := range p.items {
		least, most = min(least, p.items[i].y), max(most, p.items[i].y+p.items[i].h)
	}
	x := 0
	for _, layer := range p.layers {
		wide := 0
		for _, at := range layer {
			if n := p.items[at].node; n >= 0 {
				wide = max(wide, p.g.nodes[n].W)
			}
		}
		for _, at := range layer {
			it := &p.items[at]
			it.y += top - least
			it.x, it.w = x, wide
			if it.node >= 0 {
				n := &p.g.nodes[it.node]
				n.X, n.Y = x+wide-n.W, it.y
			}
		}
		x += wide + aisle
	}
	return top + most - least
}
