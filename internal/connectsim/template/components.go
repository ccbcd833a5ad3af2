package template

import "slices"

// components are the types a node may have, and their props.
//
// A component is sealed where others saw the service refuse unknown props of it. Form fields are open: a schema was seen
// that seals them, and views of the service's own designer that have more props than it lists. TextBox, SubmitButton
// and Table take any prop. A component is open where nothing is known of it. Which glyphs and illustrations there are is
// a closed list in the service; here every name is one. All that is a choice.
var components = shown(map[string]*shape{
	"Container": sealed(optional("HideBorder", aFlag), optional("header", whatever), optional("footer", whatever)),
	"Section":   sealed(optional("Heading", aText)),
	"Form":      sealed(optional("HideBorder", aFlag)),

	"Header": sealed(optional("variant", oneOf("h1", "h2", "h3", "h4")), optional("description", aText)),
	"Alert": sealed(optional("type", oneOf("info", "success", "warning", "error")), optional("level", oneOf("inline", "page", "global")),
		optional("heading", aText), optional("dismissible", aFlag)),
	"Loader": sealed(),
	"TextBox": loose(optional("Variant", oneOf("p", "h1", "h2", "h3", "h4", "h5", "div", "span")),
		optional("FontSize", oneOf("body-s", "body-m", "heading-xs", "heading-s", "heading-m", "heading-l", "heading-xl", "display-l")),
		optional("FontWeight", oneOf("light", "normal", "bold", "heavy")), optional("TextAlign", alignment)),
	"Image": sealed(optional("Src", aText), optional("Alt", aText)),
	"Icon":  sealed(optional("Name", aText), optional("Variant", oneOf("card", "icon-only"))),
	"Link": open(optional("Type", linkType), optional("Url", aText), optional("ResourceId", aText),
		optional("AutoOpen", aFlag)), // open, because one to another application has to name it
	"Card": sealed(needed("Id", aText), optional("Heading", aText), optional("Description", aText), optional("Action", aText),
		optional("Icon", aText), optional("Status", aText)),

	"Button":       sealed(buttonProps...), // no Label: its text is its content
	"SubmitButton": loose(append([]prop{needed("Label", aText), optional("Action", aText)}, buttonProps[1:]...)...),
	"ButtonGroup": sealed(needed("Items", buttons), optional("ButtonsOrientation", oneOf("vertical", "horizontal")),
		optional("SpaceBetweenButtons", oneOf("xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl"))),
	"ConnectAction": open(optional("ConnectActionType", aText), optional("Label", aText)),

	"AttributeBar": sealed(needed("Attributes", attributes)),
	"AttributeSection": sealed(needed("Items", attributes), optional("Heading", aText), optional("Columns", aColumns),
		optional("NoItemMessage", aText)),
	"Table": loose(needed("Items", someRows), optional("Columns", tableColumns), optional("Actions", lax(buttons)),
		optional("TableAction", aText), optional("Name", aText), optional("Header", aText), optional("Description", aText),
		optional("Filterable", aFlag), optional("ItemsPerPage", aText), optional("ColumnWidth", oneOf("locked", "flexible"))),
	"Application": sealed(optional("AppIdentifier", aText), optional("Path", aText)),

	"FormInput": field(optional("DefaultValue", aText), optional("ValidationPattern", aText),
		optional("InputType", oneOf("number", "text", "password", "email", "tel", "url"))),
	"TextArea":      field(optional("DefaultValue", aText), optional("MaxLength", aText)),
	"Dropdown":      field(optional("DefaultValue", texts), optional("Options", options), optional("MultiSelect", aFlag), optional("Clearable", aFlag)),
	"RadioGroup":    field(optional("DefaultValue", aText), optional("Options", options)),
	"CheckboxGroup": field(optional("DefaultValue", whatever), optional("Options", options)),
	"DatePicker":    field(optional("DefaultValue", aText)),
	"TimePicker":    field(optional("DefaultValue", aText)),
	"Toggle":        field(optional("DefaultValue", whatever)),

	// Each of AWS's own views but after-contact-work is one of these alone. That a customer's view may hold one is a choice.
	"CardsView":        open(needed("Cards", someRows), optional("Heading", aText), optional("AttributeBar", attributes)),
	"ConfirmationView": open(needed("Heading", aText), optional("SubHeading", aText), optional("AttributeBar", attributes)),
	"DetailsView": open(needed("Sections", whatever), optional("Heading", aText), optional("Description", aText),
		optional("AttributeBar", attributes), optional("Actions", texts)),
	"FormWithSteps": open(needed("Sections", whatever), optional("Heading", aText), optional("SubHeading", aText),
		optional("AttributeBar", attributes), optional("Wizard", someRows)),
	"ListView": open(needed("Items", someRows), optional("Heading", aText), optional("SubHeading", aText), optional("AttributeBar", attributes)),

	// These three are documented; nothing was seen of their props.
	"Detail": open(), "ExpandableSection": open(), "HTMLBox": open(),
})

// holders are the components that may hold others where they stand at the top of the Body. Deeper all may.
var holders = []string{"Container", "Section", "Form"}

var (
	alignment = oneOf("left", "center", "right")
	linkType  = oneOf("external", "case", "third-party applications")

	// A button without an Action is a link, and then has an Href. A choice: the service was not seen to ask for either.
	buttonProps = []prop{{name: "Action", is: aText, required: true, unless: "Href"}, optional("Variant", oneOf("primary", "normal", "link")),
		optional("Loading", aFlag), optional("IconName", aText), optional("IconAlign", oneOf("left", "right")),
		optional("Href", aText), optional("Disabled", aFlag)}
	buttons = listOf(&shape{kind: group, others: refused, either: true,
		props: append([]prop{needed("Label", aText), optional("FormAction", oneOf("submit", "none"))}, buttonProps...)})

	attributes = listOf(open(needed("Label", aText), needed("Value", aText), optional("Copyable", aFlag), optional("LinkType", linkType),
		optional("Url", aText), optional("ResourceId", aText), optional("ApplicationName", aText), optional("AutoOpen", aFlag)))
	options = listOf(open(needed("Label", aText), needed("Value", aText))) // that both are needed is a choice

	tableColumns = lax(listOf(sealed(needed("Label", aText), needed("Id", aText), optional("Type", oneOf("text", "number", "action")),
		optional("EditableType", oneOf("input", "select")), optional("Options", texts))))

	// configuration is the same for the head and for every node.
	configuration = sealed(optional("Layout", sealed(optional("Columns", aColumns), optional("Align", alignment))),
		optional("Style", &shape{kind: tokens}))
	head = open(needed("Title", aText), needed("Configuration", configuration), optional("Integrations", &shape{kind: opaque}))
)

// lax is a list of which Table checks nothing that is written out, and for which it derives a schema all the same.
func lax(s *shape) *shape {
	l := *s
	l.lax = true
	return &l
}

func field(props ...prop) *shape {
	return open(append([]prop{needed("Label", aText), needed("Name", aText), optional("HelperText", aText),
		optional("Required", aFlag), optional("Disabled", aFlag)}, props...)...)
}

// shown gives every component the condition under which it is shown.
func shown(all map[string]*shape) map[string]*shape {
	for _, s := range all {
		s.props = append(slices.Clip(s.props), optional("Visibility", aCondition))
	}
	return all
}
