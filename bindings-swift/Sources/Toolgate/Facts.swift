/// What is known about a call beside its tool and its arguments.
struct Facts: Sendable, Hashable {
    var principal: Principal?
    var session: String?
    var callID: String?
    var framework: String?
    var server: String?
    var cwd: String?
    var signals: [String] = []
    var labels: [String] = []

    /// These facts, and of `outer` those that are not said here. Labels and signals add up: they only make answers
    /// stricter.
    func within(_ outer: Facts) -> Facts {
        Facts(
            principal: principal ?? outer.principal,
            session: session ?? outer.session,
            callID: callID ?? outer.callID,
            framework: framework ?? outer.framework,
            server: server ?? outer.server,
            cwd: cwd ?? outer.cwd,
            signals: Self.joined(outer.signals, signals),
            labels: Self.joined(outer.labels, labels))
    }

    private static func joined(_ outer: [String], _ inner: [String]) -> [String] {
        if inner.isEmpty { return outer }
        return inner.reduce(into: outer) { all, text in if !all.contains(text) { all.append(text) } }
    }

    /// A call of `tool` without its arguments, as the core reads it.
    func wire(tool: String) throws(JSONProblem) -> String {
        var writer = JSONWriter()
        try writer.pair("tool", .string(tool), first: true)
        if let principal { try writer.pair("principal", principal.wire) }
        if session != nil || !labels.isEmpty {
            try writer.pair("session", ["id": Value(session), "labels": Value(labels)])
        }
        if let callID { try writer.pair("call_id", .string(callID)) }
        if let framework { try writer.pair("framework", .string(framework)) }
        if let server { try writer.pair("server", .string(server)) }
        if let cwd { try writer.pair("cwd", .string(cwd)) }
        if !signals.isEmpty { try writer.pair("signals", Value(signals)) }
        writer.close()
        return writer.text
    }
}
