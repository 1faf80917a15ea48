// Shows /openapi.json: groups on the left, the operations and members of one group, or what a search finds, on the right.
// A link to #Group/operationId opens that operation.
'use strict';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options'];
let api = null;
let operations = [];

/** An element with properties and children; children may be strings, which are never read as HTML. */
function make(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key === 'class') element.className = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

function follow(reference) {
  return reference.slice(2).split('/').reduce((at, key) => at[key], api);
}
function resolved(thing) {
  return thing && thing.$ref ? follow(thing.$ref) : thing;
}
function nameOf(schema) {
  return schema && schema.$ref ? schema.$ref.split('/').pop() : '';
}

function typeOf(schema) {
  if (!schema) return 'any';
  if (schema.$ref) return nameOf(schema);
  if (schema.allOf && schema.allOf[0].$ref) {
    const data = schema.allOf[1] && schema.allOf[1].properties && schema.allOf[1].properties.Data;
    return data ? `${nameOf(schema.allOf[0])} of ${typeOf(data.items)}` : nameOf(schema.allOf[0]);
  }
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.format === 'date-time') return 'time';
  if (schema.type === 'array') return `${typeOf(schema.items)}[]`;
  if (schema.type === 'object' && schema.additionalProperties && schema.additionalProperties.type) return 'string map';
  return [].concat(schema.type || 'any').join(' or ');
}

/** The kind whose objects a type is made of: where its link leads. */
function groupOfType(type) {
  const name = type.replace(/^Envelope of |\[\]$/g, '').replace(/(Create|Replace|Patch)$/, '');
  return operations.some((operation) => operation.group === name) ? name : '';
}
function typeLink(schema) {
  const type = typeOf(schema);
  const group = groupOfType(type);
  return group ? make('a', {href: `#${group}`}, type) : type;
}

function rulesOf(schema) {
  const rules = [];
  if (schema.enum) rules.push(`one of ${schema.enum.join(', ')}`);
  if (schema.default !== undefined) rules.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.minimum > 1) rules.push(`at least ${schema.minimum}`);
  if (schema.maximum !== undefined && schema.maximum < 2 ** 31 - 1) rules.push(`at most ${schema.maximum}`);
  if (schema.maxLength !== undefined) rules.push(`at most ${schema.maxLength} bytes`);
  if (schema.readOnly) rules.push('kept by the server');
  if (schema.writeOnly) rules.push('never read back');
  return rules.join(' · ');
}

function memberTable(schema, create) {
  const required = new Set((create || schema).required || []);
  return make('table', null, Object.entries(schema.properties || {}).map(([name, member]) => make('tr', null,
    make('td', null, name, required.has(name) ? make('span', {class: 'must', title: 'required'}, ' *') : null),
    make('td', null, typeLink(member)),
    make('td', null, member.description || '', rulesOf(member) ? make('small', null, rulesOf(member)) : null))));
}

/** The schema of a body without what the server ignores in it; what is required comes first. */
function writable(schema) {
  const required = schema.required || [];
  const members = Object.entries(schema.properties).filter(([, member]) => !member.readOnly);
  members.sort(([a], [b]) => required.includes(b) - required.includes(a));
  return {...schema, properties: Object.fromEntries(members)};
}

function parameterTable(parameters) {
  return make('table', null, parameters.map((parameter) => make('tr', null,
    make('td', null, parameter.name, parameter.required ? make('span', {class: 'must', title: 'required'}, ' *') : null),
    make('td', null, parameter.in),
    make('td', null, parameter.description, rulesOf(parameter.schema) ? make('small', null, rulesOf(parameter.schema)) : null))));
}

function contentTypes(content) {
  return Object.entries(content || {}).map(([type, {schema}], index) =>
    [index ? ', or ' : '', typeLink(schema), make('span', {class: 'tag'}, type)]);
}

function answerTable(responses) {
  return make('table', null, Object.entries(responses).map(([status, raw]) => {
    const answer = resolved(raw);
    const headers = Object.keys(answer.headers || {});
    return make('tr', null,
      make('td', null, make('span', {class: `status ${status[0] === '2' ? 'ok' : 'bad'}`}, status)),
      make('td', null, contentTypes(answer.content)),
      make('td', null, answer.description, headers.length ? make('small', null, `header ${headers.join(', ')}`) : null));
  }));
}

/** A value that a body could have, from its required members. */
function exampleOf(raw, depth = 0) {
  const schema = resolved(raw) || {};
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'integer') return Math.max(schema.minimum || 0, 1);
  if (schema.type === 'boolean') return true;
  if (schema.type === 'string') return schema.format === 'date-time' ? '2030-01-02T03:04:05Z' : 'text';
  if (schema.type === 'array') return depth < 3 ? [exampleOf(schema.items, depth + 1)] : [];
  if (!schema.properties) return {};
  const wanted = (schema.required || []).length ? schema.required : Object.keys(schema.properties).slice(0, 1);
  return Object.fromEntries(wanted.map((name) => [name, exampleOf(schema.properties[name], depth + 1)]));
}

function curlOf(operation) {
  const path = operation.path.replace(/\{[^}]*\}/g, '17');
  const lines = [`curl ${operation.method === 'get' ? '' : `-X ${operation.method.toUpperCase()} `}'${location.origin}${path}'`];
  const body = operation.details.requestBody;
  if (body) {
    const [type, {schema}] = Object.entries(body.content)[0];
    lines.push(`  -H 'Content-Type: ${type}'`, `  -d '${JSON.stringify(exampleOf(schema))}'`);
  }
  return lines.join(' \\\n');
}

function detailsOf(operation) {
  const {details} = operation;
  const out = make('div');
  if (details.parameters) out.append(make('h3', null, 'Parameters'), parameterTable(details.parameters));
  if (details.requestBody) {
    out.append(make('h3', null, 'Body'), make('p', null, contentTypes(details.requestBody.content)));
    const schema = resolved(Object.values(details.requestBody.content)[0].schema);
    if (schema.properties) out.append(memberTable(writable(schema)));
  }
  out.append(make('h3', null, 'Answers'), answerTable(details.responses));
  out.append(make('h3', null, 'Try it'), make('pre', null, make('code', null, curlOf(operation))));
  return out;
}

function pathText(path) {
  return path.split(/(\{[^}]*\})/).map((part) => (part.startsWith('{') ? make('b', null, part) : part));
}

function operationView(operation) {
  const view = make('details', {class: 'operation', id: operation.details.operationId || ''}, make('summary', null,
    make('span', {class: `method ${operation.method}`}, operation.method.toUpperCase()),
    make('code', {class: 'path'}, pathText(operation.path)),
    make('span', {class: 'summary'}, operation.details.summary || '')));
  view.addEventListener('toggle', () => {
    if (view.open && view.children.length === 1) view.append(detailsOf(operation));
  });
  return view;
}

function groupView(group) {
  const tag = (api.tags || []).find((one) => one.name === group);
  const schema = api.components.schemas[group];
  return [
    make('h2', null, group),
    make('p', {class: 'lead'}, tag ? tag.description : ''),
    operations.filter((operation) => operation.group === group).map(operationView),
    schema ? [make('h3', null, 'Members'), memberTable(schema, api.components.schemas[`${group}Create`])] : [],
  ].flat();
}

function startView() {
  return [make('h2', null, api.info.title), make('p', {class: 'lead'}, api.info.description),
    make('p', {class: 'hint'}, `${operations.length} operations. Choose a group, or type / to search.`)];
}

function searchView(words) {
  const matches = operations.filter((operation) => words.every((word) => operation.text.includes(word)));
  const shown = matches.slice(0, 100);
  return [make('h2', null, `${matches.length} operations`),
    make('p', {class: 'lead'}, matches.length > shown.length ? 'The first 100; add a word to narrow it down.' : ''),
    shown.map(operationView)].flat();
}

function show() {
  const words = document.getElementById('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const [group, opened] = decodeURIComponent(location.hash.slice(1)).split('/');
  const known = operations.some((operation) => operation.group === group);
  for (const link of document.querySelectorAll('nav a')) {
    link.classList.toggle('current', !words.length && link.getAttribute('href') === `#${group}`);
  }
  const content = document.getElementById('content');
  content.replaceChildren(...(words.length ? searchView(words) : known ? groupView(group) : startView()));
  content.scrollTop = 0;
  const wanted = opened && document.getElementById(opened);
  if (wanted) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

/** All that a search looks through: path, summary, names of parameters and members. */
function searchText(method, path, details) {
  const body = details.requestBody ? resolved(Object.values(details.requestBody.content)[0].schema) : {};
  return [method, path, details.operationId, details.summary, ...(details.parameters || []).map((one) => one.name),
    ...Object.keys(body.properties || {})].join(' ').toLowerCase();
}

function read(document_) {
  api = document_;
  operations = Object.entries(api.paths).flatMap(([path, item]) => methods.filter((method) => item[method]).map((method) => ({
    method, path, details: item[method], group: (item[method].tags || ['Other'])[0], text: searchText(method, path, item[method]),
  })));
  // What most people look for first: the collection, then the object, then what goes beyond.
  const place = ({path, method}) => [path.endsWith('/versions') ? 1 : 0, path.split('/').length, path, methods.indexOf(method)];
  operations.sort((a, b) => {
    const [left, right] = [place(a), place(b)];
    const at = left.findIndex((part, index) => part !== right[index]);
    return at < 0 ? 0 : left[at] < right[at] ? -1 : 1;
  });
  document.getElementById('version').textContent = api.info.version;
  const counts = new Map();
  for (const {group} of operations) counts.set(group, (counts.get(group) || 0) + 1);
  document.getElementById('groups').append(...[...counts].sort(([a], [b]) => a.localeCompare(b)).map(([group, count]) =>
    make('a', {href: `#${group}`}, group, make('span', null, String(count)))));
  show();
}

window.addEventListener('hashchange', () => {
  document.getElementById('search').value = '';
  show();
});
document.getElementById('search').addEventListener('input', show);
document.addEventListener('keydown', (event) => {
  const search = document.getElementById('search');
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});
fetch('/openapi.json').then((answer) => answer.json()).then(read).catch((error) => {
  document.getElementById('content').replaceChildren(make('p', {class: 'hint'}, `openapi.json cannot be read: ${error.message}`));
});
