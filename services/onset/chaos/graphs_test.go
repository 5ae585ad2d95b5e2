package chaos

// The graphs that the fleet executes. SINK is where the sink listens.
var graphs = map[string]string{
	// chain calls the tool twice and remembers what it said.
	"chain": `
nodes:
  - {id: start, kind: start}
  - id: first
    kind: tool
    timeout: 10m
    config: {idempotent: true, http: {method: POST, url: "SINK/tool", json: {text: "{{ message }}"}}}
    capture: {one: output.body.heard}
  - {id: between, kind: transform, config: {set: {two: "{{ vars.one }}, and again"}}}
  - id: second
    kind: tool
    timeout: 10m
    config: {idempotent: true, http: {method: POST, url: "SINK/tool", json: {text: "{{ vars.two }}"}}}
    capture: {three: output.body.heard}
  - {id: end, kind: end}
edges: [{from: start, to: first}, {from: first, to: between}, {from: between, to: second}, {from: second, to: end}]
`,
	// study is an agent that asks its model five times and uses a tool four
	// times in between.
	"study": `
nodes:
  - {id: start, kind: start}
  - id: think
    kind: agent
    config: {model: counting, prompt: Look at four pages., tools: [{node: look}], max_turns: 8}
    capture: {answer: output}
  - id: look
    kind: tool
    callable: true
    description: Reads a page
    parameters: {type: object, properties: {page: {type: string}}, required: [page]}
    config: {idempotent: true, http: {method: POST, url: "SINK/tool", json: {text: "{{ args.page }}"}}}
  - {id: end, kind: end}
edges: [{from: start, to: think}, {from: think, to: end}]
`,
	// ask waits for a person, and then calls the tool.
	"ask": `
nodes:
  - {id: start, kind: start}
  - {id: person, kind: human, config: {question: "Go on with {{ message }}?"}, capture: {said: output.answer}}
  - id: heard
    kind: tool
    config: {idempotent: true, http: {method: POST, url: "SINK/tool", json: {text: "{{ vars.said }}"}}}
  - {id: end, kind: end}
edges: [{from: start, to: person}, {from: person, to: heard}, {from: heard, to: end}]
`,
	// marathon is a study of 26 questions.
	"marathon": `
nodes:
  - {id: start, kind: start}
  - id: think
    kind: agent
    config: {model: counting/marathon, prompt: Look at 25 pages., tools: [{node: look}], max_turns: 30, max_tool_calls: 30}
    capture: {answer: output}
  - id: look
    kind: tool
    callable: true
    description: Reads a page
    parameters: {type: object, properties: {page: {type: string}}, required: [page]}
    config: {idempotent: true, http: {method: POST, url: "SINK/tool", json: {text: "{{ args.page }}"}}}
  - {id: end, kind: end}
edges: [{from: start, to: think}, {from: think, to: end}]
`,
	// doze takes longer than any test, and would then call the tool.
	"doze": `
nodes:
  - {id: start, kind: start}
  - {id: sleep, kind: sleep, config: {for: 20m}}
  - id: woken
    kind: tool
    config: {idempotent: true, http: {method: POST, url: "SINK/tool", json: {text: woken}}}
  - {id: end, kind: end}
edges: [{from: start, to: sleep}, {from: sleep, to: woken}, {from: woken, to: end}]
`,
}

// manifest declares them in the workspace chaos, with a trigger each and one that gives
// its runs two seconds.
const manifest = `
workspaces:
  - name: chaos
    environments:
      DEV:
        models: {counting: {base_url: "SINK/v1", model: counting}}
    graphs:
      - {file: chain.yaml, assign: [DEV]}
      - {file: study.yaml, assign: [DEV]}
      - {file: marathon.yaml, assign: [DEV]}
      - {file: doze.yaml, assign: [DEV]}
      - {file: ask.yaml, assign: [DEV]}
    triggers:
      - {name: chain, kind: background, graph: chain, environments: [DEV]}
      - {name: study, kind: background, graph: study, environments: [DEV]}
      - {name: marathon, kind: background, graph: marathon, environments: [DEV]}
      - {name: doze, kind: background, graph: doze, environments: [DEV]}
      - {name: ask, kind: background, graph: ask, environments: [DEV]}
      - {name: brief, kind: background, graph: doze, environments: [DEV], policies: {timeout: 2s}}
`
