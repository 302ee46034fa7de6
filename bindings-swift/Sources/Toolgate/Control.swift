/// Consent beforehand, kill switches and registered agents. All of this throws `ToolgateError.failed` with the code of why
/// it was not done.
extension Gate {
    /// Consents beforehand, to what is named: nothing of it is open by itself, and `*` is everything. The grant is an
    /// object with `id`, its `terms`, `by`, `created` and how often it was `used`.
    ///
    /// - Parameters:
    ///   - principal: Whose calls: an id, or a pattern.
    ///   - action: The action's type, such as `file.delete`.
    ///   - target: The target, or a pattern such as `/workspace/build/*`. Of commands only the very same line.
    ///   - approver: Who gives it.
    ///   - expires: Until when, as RFC 3339 text.
    ///   - session: The session, if only one.
    ///   - uses: How often; as often as need be if unsaid.
    ///   - reason: Why.
    @discardableResult
    public func grant(
        principal: String, action: String, target: String, by approver: String, expires: String,
        session: String? = nil, uses: Int? = nil, reason: String? = nil
    ) async throws -> Value {
        try await operate(
            "grant",
            [
                "principal": .string(principal), "action": .string(action), "target": .string(target),
                "by": .string(approver), "expires": .string(expires), "session": Value(session),
                "uses": uses.map { .int(Int64($0)) } ?? .null, "reason": Value(reason),
            ])
    }

    /// All grants, oldest first, also those that are used up or over.
    public func grants() async throws -> [Value] {
        try await operate("grants", [:]).arrayValue ?? []
    }

    /// Takes a grant back. Tells whether there was one.
    @discardableResult
    public func revoke(_ id: String) async throws -> Bool {
        try await operate("revoke", ["id": .string(id)]).boolValue ?? false
    }

    /// Turns a kill switch on, whose `id` turns it off. What is not named is not asked for: one that names nothing stops
    /// everything.
    @discardableResult
    public func kill(
        principal: String? = nil, role: String? = nil, tool: String? = nil, action: String? = nil,
        reason: String? = nil, by: String? = nil
    ) async throws -> Value {
        try await operate(
            "kill",
            [
                "principal": Value(principal), "role": Value(role), "tool": Value(tool), "action": Value(action),
                "reason": Value(reason), "by": Value(by),
            ])
    }

    /// Turns a kill switch off. Tells whether it was on.
    @discardableResult
    public func unkill(_ id: String) async throws -> Bool {
        try await operate("unkill", ["id": .string(id)]).boolValue ?? false
    }

    /// The kill switches that are on, oldest first.
    public func switches() async throws -> [Value] {
        try await operate("switches", [:]).arrayValue ?? []
    }

    /// Registers an agent, or replaces what is registered of it; a key that it has stays its key.
    ///
    /// - Parameters:
    ///   - id: The principal's id.
    ///   - role: The role it has; a call of it in another is refused.
    ///   - owner: Who answers for it.
    ///   - state: `active` or `suspended`.
    ///   - expires: Until when it may work, as RFC 3339 text.
    @discardableResult
    public func register(
        _ id: String, role: String? = nil, owner: String? = nil, state: String = "active", expires: String? = nil
    ) async throws -> Value {
        try await operate(
            "register",
            [
                "id": .string(id), "role": Value(role), "owner": Value(owner), "state": .string(state),
                "expires": Value(expires),
            ])
    }

    /// A registered agent; `nil` if there is none of that id.
    public func agent(_ id: String) async throws -> Value? {
        let agent = try await operate("agent", ["id": .string(id)])
        return agent == .null ? .none : agent
    }

    /// All registered agents.
    public func agents() async throws -> [Value] {
        try await operate("agents", [:]).arrayValue ?? []
    }

    /// Makes a new API key for a registered agent. It is told this once and kept nowhere.
    public func newKey(_ id: String) async throws -> String {
        try await operate("new_key", ["id": .string(id)]).stringValue ?? ""
    }
}
