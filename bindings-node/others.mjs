// Policy engines that a user could pick instead, on the same payment call: as much of it as each can say.

/** Each row's name and what it does. */
export async function rows(args) {
  return { ...(await cedar(args)), ...(await casbin(args)) }
}

/** Cedar compiled to WebAssembly; the policies are parsed once. A record takes no fraction, so a price is text. */
async function cedar(args) {
  const engine = await import('@cedar-policy/cedar-wasm/nodejs')
  const policies = `
permit(principal, action == Action::"create_charge", resource);
forbid(principal, action == Action::"create_charge", resource) when { context.amount > 10000 };
${Array.from({ length: 9 }, (_, n) => `forbid(principal, action == Action::"file.write", resource == File::"/srv/${n}");`).join('\n')}`
  const items = args.items.map((item) => ({ ...item, price: String(item.price) }))
  const call = {
    principal: { type: 'Agent', id: 'finance-sync' },
    action: { type: 'Action', id: 'create_charge' },
    resource: { type: 'Customer', id: args.customer },
    context: { ...args, items },
    entities: [],
  }
  const stateless = { ...call, policies: { staticPolicies: policies } }
  const prepared = engine.preparsePolicySet?.('bench', { staticPolicies: policies })
  const decide = (answer) => {
    if (answer.type !== 'success' || answer.response.decision !== 'allow') throw new Error(JSON.stringify(answer))
  }
  decide(engine.isAuthorized(stateless))
  const parsed = { ...call, preparsedPolicySetId: 'bench' }
  return {
    ...(prepared?.type === 'success' && {
      'cedar-wasm, policies parsed once': () => decide(engine.statefulIsAuthorized(parsed)),
    }),
    'cedar-wasm, policies parsed each time': () => decide(engine.isAuthorized(stateless)),
  }
}

/** Casbin with a matcher over the arguments; it knows neither paths nor hosts. */
async function casbin(args) {
  const { newEnforcer, newModelFromString, StringAdapter } = await import('casbin')
  const model = newModelFromString(`
[request_definition]
r = sub, act, args
[policy_definition]
p = sub, act, most, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.sub == p.sub && r.act == p.act && r.args.amount <= p.most
`)
  const lines = Array.from({ length: 9 }, (_, n) => `p, agent:finance-sync, file.write.${n}, 0, deny`)
  const enforcer = await newEnforcer(
    model,
    new StringAdapter(['p, agent:finance-sync, create_charge, 10000, allow', ...lines].join('\n')),
  )
  const decide = async () => {
    if (!(await enforcer.enforce('agent:finance-sync', 'create_charge', args))) throw new Error('denied')
  }
  await decide()
  return { casbin: Object.assign(decide, { waits: true }) }
}
