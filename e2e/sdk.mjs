// The unmodified AWS SDK for JavaScript against the simulator: what another tool of another maker does with flows and views.
import {
  ConnectClient, CreateContactFlowCommand, CreateViewCommand, CreateViewVersionCommand, DeleteContactFlowCommand, DeleteViewCommand,
  DeleteViewVersionCommand, DescribeContactFlowCommand, DescribeViewCommand, ListContactFlowsCommand, ListTagsForResourceCommand,
  ListViewVersionsCommand, ListViewsCommand, SearchContactFlowsCommand, TagResourceCommand, UntagResourceCommand,
  UpdateContactFlowContentCommand, UpdateContactFlowMetadataCommand, UpdateContactFlowNameCommand, UpdateViewContentCommand, UpdateViewMetadataCommand,
  paginateListContactFlows,
} from '@aws-sdk/client-connect';

const { endpoint, region, instance: InstanceId } = JSON.parse(process.argv[2]);
const client = new ConnectClient({ endpoint, region, maxAttempts: 1, credentials: { accessKeyId: 'any', secretAccessKey: 'any' } });
const call = (command) => client.send(command);

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
async function step(name, work) {
  try {
    const result = await work();
    say({ Step: name });
    return result;
  } catch (error) {
    say({ Step: name, Fail: `${error.name}: ${error.message}` });
    throw error;
  }
}

function same(got, want, what) {
  if (got !== want) throw new Error(`${what} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
}

// refused runs a command that must fail as an error of the model.
async function refused(name, command, look = () => {}) {
  try {
    await call(command);
  } catch (error) {
    same(error.name, name, 'the error');
    return look(error);
  }
  throw new Error(`${name} was expected, and nothing was refused`);
}

// What travels badly where somebody is careless: escapes, all planes of Unicode, numbers that a float cannot hold.
const words = 'Grüße, 総機, 👩‍💻, "quoted", back\\slash, <b>&amp;</b>, \u2028, tab\t, $.Attributes.name';
const content = (text) => `{"Version":"2019-10-30","StartAction":"a","Metadata":{"weight":12345678901234567890.10e+2},` +
  `"Actions":[{"Identifier":"a","Type":"MessageParticipant","Parameters":{"Text":${JSON.stringify(text)}},` +
  `"Transitions":{"NextAction":"b","Errors":[{"NextAction":"b","ErrorType":"NoMatchingError"}],"Conditions":[]}},` +
  `\n {"Identifier":"b","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}`;

const flow = await step('a flow is created', async () => {
  const out = await call(new CreateContactFlowCommand({ InstanceId, Name: 'From JavaScript', Type: 'CONTACT_FLOW', Content: content(words), Tags: { team: 'web' } }));
  return { InstanceId, ContactFlowId: out.ContactFlowId, arn: out.ContactFlowArn };
});
const id = { InstanceId, ContactFlowId: flow.ContactFlowId };

await step('it is listed, page by page', async () => {
  const names = [];
  for await (const page of paginateListContactFlows({ client, pageSize: 7 }, { InstanceId })) names.push(...page.ContactFlowSummaryList.map((f) => f.Name));
  same(names.filter((n) => n === 'From JavaScript').length, 1, 'how often it is listed');
  same(new Set(names).size, names.length, 'the number of names');
  const all = await call(new ListContactFlowsCommand({ InstanceId, MaxResults: 1000 }));
  same(all.ContactFlowSummaryList.length, names.length, 'the length of one long page');
});

await step('it comes back byte for byte, by id, by ARN and from a search', async () => {
  for (const ContactFlowId of [flow.ContactFlowId, flow.arn, `${flow.ContactFlowId}:$SAVED`]) {
    const { ContactFlow } = await call(new DescribeContactFlowCommand({ InstanceId, ContactFlowId }));
    same(ContactFlow.Content, content(words), `the content of ${ContactFlowId}`);
    if (!(ContactFlow.LastModifiedTime instanceof Date)) throw new Error('LastModifiedTime is no date');
  }
  const found = await call(new SearchContactFlowsCommand({ InstanceId,
    SearchCriteria: { StringCondition: { FieldName: 'name', Value: 'From JavaScript', ComparisonType: 'EXACT' } }, SearchFilter: { TagFilter: { TagCondition: { TagKey: 'team', TagValue: 'web' } } } }));
  same(found.ContactFlows.length, 1, 'the number of flows found');
  same(found.ContactFlows[0].Content, content(words), 'the content found');
});

await step('it is updated, renamed and archived', async () => {
  await call(new UpdateContactFlowContentCommand({ ...id, Content: content('Hello') }));
  await call(new UpdateContactFlowNameCommand({ ...id, Name: 'Renamed' }));
  await call(new UpdateContactFlowMetadataCommand({ ...id, Description: 'd', ContactFlowState: 'ARCHIVED' }));
  const { ContactFlow } = await call(new DescribeContactFlowCommand(id));
  same([ContactFlow.Name, ContactFlow.Description, ContactFlow.State, ContactFlow.Status].join(), 'Renamed,d,ARCHIVED,PUBLISHED', 'the flow');
  same(ContactFlow.Content, content('Hello'), 'the content');
});

await step('what the service refuses is refused, with every problem', async () => {
  const broken = content('').replaceAll('"NextAction":"b"', '"NextAction":"gone"');
  await refused('InvalidContactFlowException', new UpdateContactFlowContentCommand({ ...id, Content: broken }),
    (error) => same(error.problems.length >= 3, true, `whether ${error.problems.length} problems are three or more`));
  await refused('DuplicateResourceException', new CreateContactFlowCommand({ InstanceId, Name: 'Renamed', Type: 'CONTACT_FLOW', Content: content('x') }));
  await refused('InvalidParameterException', new UpdateContactFlowContentCommand({ ...id, Content: 'x'.repeat(256_001) }));
  await refused('ResourceNotFoundException', new DescribeContactFlowCommand({ InstanceId, ContactFlowId: '00000000-0000-4000-8000-000000000000' }));
  const { ContactFlow } = await call(new DescribeContactFlowCommand(id));
  same(ContactFlow.Content, content('Hello'), 'the content after all that');
});

await step('tags come and go', async () => {
  await call(new TagResourceCommand({ resourceArn: flow.arn, tags: { 'a key': 'ä value', '+@/:': '' } }));
  await call(new UntagResourceCommand({ resourceArn: flow.arn, tagKeys: ['team', 'a key'] }));
  const { tags } = await call(new ListTagsForResourceCommand({ resourceArn: flow.arn }));
  same(JSON.stringify(tags), '{"+@/:":""}', 'what is left');
});

await step('it is deleted, and its name is free', async () => {
  await call(new DeleteContactFlowCommand(id));
  await refused('ResourceNotFoundException', new DescribeContactFlowCommand(id));
  const again = await call(new CreateContactFlowCommand({ InstanceId, Name: 'Renamed', Type: 'CONTACT_FLOW', Content: content('x'), Status: 'SAVED' }));
  await refused('ContactFlowNotPublishedException', new DescribeContactFlowCommand({ InstanceId, ContactFlowId: again.ContactFlowId }));
  await call(new DeleteContactFlowCommand({ InstanceId, ContactFlowId: again.ContactFlowId }));
});

const template = (title) => JSON.stringify({ Head: { Title: title, Configuration: {} },
  Body: [{ _id: 's', Type: 'Section', Props: { Heading: '$.Heading' }, Content: [] }] });

const view = await step('a view is created, with its input schema derived', async () => {
  const { View } = await call(new CreateViewCommand({ InstanceId, Name: 'From JavaScript', Status: 'PUBLISHED', Content: { Template: template('Ä'), Actions: [] } }));
  same(View.Content.Template, template('Ä'), 'the template');
  same('Heading' in JSON.parse(View.Content.InputSchema).properties, true, 'whether Heading is an input');
  return { InstanceId, ViewId: View.Id };
});

await step('it is listed, versioned, updated and renamed', async () => {
  await call(new CreateViewVersionCommand({ ...view, VersionDescription: 'first' }));
  await call(new UpdateViewContentCommand({ ...view, Status: 'SAVED', Content: { Template: template('B'), Actions: [] } }));
  await call(new UpdateViewMetadataCommand({ ...view, Name: 'Renamed view' }));
  const { ViewsSummaryList } = await call(new ListViewsCommand({ InstanceId }));
  same(ViewsSummaryList.filter((v) => v.Type === 'AWS_MANAGED').length, 6, "the number of AWS's views");
  same(ViewsSummaryList.filter((v) => v.Name === 'Renamed view').length, 1, 'how often it is listed');
  const titles = [];
  for (const qualifier of ['', ':$LATEST', ':1', ':$SAVED']) {
    const { View } = await call(new DescribeViewCommand({ InstanceId, ViewId: view.ViewId + qualifier }));
    titles.push(JSON.parse(View.Content.Template).Head.Title);
  }
  same(titles.join(), 'Ä,Ä,Ä,B', 'the titles of the copies');
  const { ViewVersionSummaryList } = await call(new ListViewVersionsCommand(view));
  same(ViewVersionSummaryList[0].VersionDescription, 'first', 'what the version is called');
});

await step('a view that cannot be shown is refused, and a view is deleted', async () => {
  await refused('InvalidParameterException', new UpdateViewContentCommand({ ...view, Status: 'PUBLISHED', Content: { Template: '{"Body":[]}', Actions: [] } }));
  await refused('DuplicateResourceException', new CreateViewCommand({ InstanceId, Name: 'Renamed view', Status: 'SAVED', Content: { Template: template('C'), Actions: [] } }));
  await call(new DeleteViewVersionCommand({ ...view, ViewVersion: 1 }));
  await call(new DeleteViewCommand(view));
  await refused('ResourceNotFoundException', new DescribeViewCommand(view));
});
say({ End: true });
