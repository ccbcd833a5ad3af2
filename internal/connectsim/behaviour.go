package connectsim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Behaviour is what the service does and nobody has documented: each field chooses between what is thinkable. The zero
// value is the default of each. A tool that is right under every choice is right on the service.
type Behaviour struct {
	SearchContent  SearchContent  // copy that SearchContactFlows answers with
	SearchLag      time.Duration  // how late SearchContactFlows sees what is written; 0 is at once
	Update         Update         // what an update of an unqualified id does to an unpublished draft
	SavedUpdate    SavedUpdate    // what an update of an id with :$SAVED does to the published copy
	Stored         Stored         // what becomes of content that is written
	FlowVersions   FlowVersions   // which types of flows may have numbered versions
	AssociationIDs AssociationIDs // how ListFlowAssociations names numbers and flows
	SearchLimits   SearchLimits   // unit of the limits per channel that SearchUsers answers with
}

type (
	// SearchContent says which copy SearchContactFlows answers with.
	SearchContent string
	// Update says what an update of an unqualified id does to a draft.
	Update string
	// SavedUpdate says what an update of an id with :$SAVED does to the published copy.
	SavedUpdate string
	// Stored says what becomes of content that is written.
	Stored string
	// FlowVersions says which types of flows may have numbered versions.
	FlowVersions string
	// AssociationIDs says how associations name numbers and flows.
	AssociationIDs string
	// SearchLimits says the unit of a user's limits of after-contact work per channel, as SearchUsers answers them.
	SearchLimits string
)

// The choices, the default of each first. A flow that was never published is searched with its saved copy.
const (
	SearchPublished SearchContent = "published"
	SearchSaved     SearchContent = "saved"
	SearchNone      SearchContent = "none" // records without Content

	UpdateReplacesDraft Update = "replaces-draft"
	UpdateKeepsDraft    Update = "keeps-draft"

	SavedUpdateDraft SavedUpdate = "draft" // leaves the published copy alone
	SavedUpdateLive  SavedUpdate = "live"  // validated and published too

	StoredAsSent    Stored = "as-sent"
	StoredRewritten Stored = "rewritten" // white space goes, Metadata gains members, as the service was seen to do

	VersionsCampaign FlowVersions = "campaign" // as the operation's page says
	VersionsAll      FlowVersions = "all"      // as the administrator guide says since late 2026

	AssociationsMixed AssociationIDs = "mixed" // as seeded: both
	AssociationsID    AssociationIDs = "id"
	AssociationsARN   AssociationIDs = "arn"

	LimitsSeconds      SearchLimits = "seconds"      // as the type AfterContactWorkConfig says
	LimitsMilliseconds SearchLimits = "milliseconds" // as the operation says of each AfterContactWorkTimeLimit
)

// Choice is one question that AWS leaves open, with the answers the simulator can give.
type Choice struct {
	Name     string   // of the command line's flag, without the dashes
	Question string   // what is not documented
	Answers  []string // the default first; none: a duration
	set      func(*Behaviour, string)
	get      func(Behaviour) string
}

// Choices lists them all, in the order of the documentation.
func Choices() []Choice {
	return []Choice{
		choice("search-content", "copy that SearchContactFlows answers with", func(b *Behaviour) *SearchContent { return &b.SearchContent }, SearchPublished, SearchSaved, SearchNone),
		{Name: "search-lag", Question: "how late SearchContactFlows sees what is written, such as 30s",
			set: func(b *Behaviour, v string) { b.SearchLag, _ = time.ParseDuration(v) },
			get: func(b Behaviour) string { return b.SearchLag.String() }},
		choice("update", "what an update of an unqualified id does to an unpublished draft", func(b *Behaviour) *Update { return &b.Update }, UpdateReplacesDraft, UpdateKeepsDraft),
		choice("saved-update", "what an update of an id with :$SAVED writes: the draft alone, or what is live too", func(b *Behaviour) *SavedUpdate { return &b.SavedUpdate }, SavedUpdateDraft, SavedUpdateLive),
		choice("stored", "what becomes of content that is written: kept as sent, or white space and Metadata rewritten", func(b *Behaviour) *Stored { return &b.Stored }, StoredAsSent, StoredRewritten),
		choice("flow-versions", "which flows may have numbered versions: campaign flows only, or all", func(b *Behaviour) *FlowVersions { return &b.FlowVersions }, VersionsCampaign, VersionsAll),
		choice("association-ids", "how ListFlowAssociations names numbers and flows", func(b *Behaviour) *AssociationIDs { return &b.AssociationIDs }, AssociationsMixed, AssociationsID, AssociationsARN),
		choice("search-limits", "unit of the limits of after-contact work per channel that SearchUsers answers with", func(b *Behaviour) *SearchLimits { return &b.SearchLimits }, LimitsSeconds, LimitsMilliseconds),
	}
}

func choice[T ~string](name, question string, field func(*Behaviour) *T, answers ...T) Choice {
	c := Choice{Name: name, Question: question, set: func(b *Behaviour, v string) { *field(b) = T(v) },
		get: func(b Behaviour) string { return string(*field(&b)) }}
	for _, a := range answers {
		c.Answers = append(c.Answers, string(a))
	}
	return c
}

// Set chooses an answer; one that is not among the question's is an error.
func (c Choice) Set(b *Behaviour, answer string) error {
	if len(c.Answers) > 0 && !slices.Contains(c.Answers, answer) {
		return fmt.Errorf("%s: %q is none of %s", c.Name, answer, strings.Join(c.Answers, ", "))
	}
	if d, err := time.ParseDuration(answer); len(c.Answers) == 0 && (err != nil || d < 0) {
		return fmt.Errorf("%s: %q is no duration", c.Name, answer)
	}
	c.set(b, answer)
	return nil
}

// Get is the answer that b gives.
func (c Choice) Get(b Behaviour) string { return c.get(b) }

func (b Behaviour) withChoices() Behaviour {
	for _, c := range Choices() {
		if len(c.Answers) > 0 {
			c.set(&b, cmp.Or(c.get(b), c.Answers[0]))
		}
	}
	return b
}
