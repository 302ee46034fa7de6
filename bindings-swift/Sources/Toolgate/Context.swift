/// Who asks, and what else holds for all tool calls within a block and the tasks that are started in it.
///
///     try await Context.with(principal: "agent:finance-sync", session: "run-7", labels: ["untrusted"]) {
///         try await charge(amount: 2000)
///     }
///
/// What a nested context or the call itself says wins over the outer one. Labels and signals add up: they can only make
/// answers stricter. A detached task starts without a context.
public enum Context {
    /// Missing outside of any, which is where most calls are made.
    @TaskLocal static var facts: Facts?

    /// Runs `operation` with what is said here.
    ///
    /// - Parameters:
    ///   - principal: Who asks.
    ///   - session: A name for the agent run.
    ///   - labels: What you know about the session, such as `untrusted`.
    ///   - signals: What you know about the calls, such as `injection`.
    ///   - server: The MCP server that offers the tools.
    ///   - framework: The framework that makes the calls.
    ///   - cwd: The directory that relative paths start from.
    public static func with<Output>(
        principal: Principal? = nil, session: String? = nil, labels: [String] = [], signals: [String] = [],
        server: String? = nil, framework: String? = nil, cwd: String? = nil,
        isolation: isolated (any Actor)? = #isolation, operation: () async throws -> Output
    ) async rethrows -> Output {
        let facts = Facts(
            principal: principal, session: session, framework: framework, server: server, cwd: cwd, signals: signals,
            labels: labels)
        return try await $facts.withValue(facts.within(Self.facts), operation: operation)
    }

    /// The same for an operation that does not wait.
    public static func with<Output>(
        principal: Principal? = nil, session: String? = nil, labels: [String] = [], signals: [String] = [],
        server: String? = nil, framework: String? = nil, cwd: String? = nil, operation: () throws -> Output
    ) rethrows -> Output {
        let facts = Facts(
            principal: principal, session: session, framework: framework, server: server, cwd: cwd, signals: signals,
            labels: labels)
        return try $facts.withValue(facts.within(Self.facts), operation: operation)
    }
}
