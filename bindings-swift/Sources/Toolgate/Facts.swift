/// What is known about a call beside its tool and its arguments.
struct Facts: Sendable, Hashable {
    var principal: Principal?
    var session: String?
    var callID: String?
    var approval: String?
    var estimatedCostUSD: String?
    var framework: String?
    var server: String?
    var cwd: String?
    var signals: [String] = []
    var labels: [String] = []

    /// These facts, and of `outer` those that are not said here. Labels and signals add up: they only make answers
    /// stricter.
    func within(_ outer: Facts?) -> Facts {
        guard let outer else { return self }
        return Facts(
            principal: principal ?? outer.principal,
            session: session ?? outer.session,
            callID: callID ?? outer.callID,
            approval: approval ?? outer.approval,
            estimatedCostUSD: estimatedCostUSD ?? outer.estimatedCostUSD,
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
}
