/// A tool call: the tool's name as the agent used it, its arguments, and what is known about it.
///
/// What is not said about it comes from `Context`.
///
///     let call = ToolCall(tool: "stripe.charges.create", args: ["amount": 2000], principal: "agent:finance-sync")
///     gate.guard(call).allowed
public struct ToolCall: Sendable {
    let tool: String
    let args: Arguments
    let facts: Facts

    /// Arguments, as far as they have a form that can be decided about.
    enum Arguments: Sendable {
        case value(Value)
        case text(String)
        case unreadable(code: String, message: String)
    }

    /// - Parameters:
    ///   - tool: The tool's name as the agent used it.
    ///   - args: Its arguments, an object.
    ///   - principal: Who asks.
    ///   - session: A name for the agent run.
    ///   - callID: The framework's id of this call; asked again with the same arguments, it is the same call.
    ///   - approval: The id of the request whose consent this call is to use; needed only if an approver has edited
    ///     the arguments.
    ///   - estimatedCostUSD: What the call will cost in US dollars, as decimal text such as `0.0125`.
    ///   - framework: The framework that makes the call.
    ///   - server: The MCP server that offers the tool, by your own name for it.
    ///   - cwd: The directory that this call's relative paths start from.
    ///   - signals: What you know about the call, such as `injection`. It can only make the answer stricter.
    ///   - labels: What you know about the session, such as `untrusted`. It can only make the answer stricter.
    public init(
        tool: String, args: Value = [:], principal: Principal? = nil, session: String? = nil, callID: String? = nil,
        approval: String? = nil, estimatedCostUSD: String? = nil, framework: String? = nil, server: String? = nil,
        cwd: String? = nil, signals: [String] = [],
        labels: [String] = []
    ) {
        self.tool = tool
        self.args = .value(args)
        facts = Facts(
            principal: principal, session: session, callID: callID, approval: approval,
            estimatedCostUSD: estimatedCostUSD, framework: framework, server: server, cwd: cwd,
            signals: signals, labels: labels)
    }

    /// A call whose arguments come as JSON text of an object, the way model APIs deliver them. Text that cannot be read
    /// makes the call a deny. The other parameters are those of `init(tool:args:)`.
    public init(
        tool: String, json text: String, principal: Principal? = nil, session: String? = nil, callID: String? = nil,
        approval: String? = nil, estimatedCostUSD: String? = nil, framework: String? = nil, server: String? = nil,
        cwd: String? = nil, signals: [String] = [],
        labels: [String] = []
    ) {
        self.tool = tool
        args = .text(text)
        facts = Facts(
            principal: principal, session: session, callID: callID, approval: approval,
            estimatedCostUSD: estimatedCostUSD, framework: framework, server: server, cwd: cwd,
            signals: signals, labels: labels)
    }

    /// A call whose arguments are what `object` encodes to: dates as ISO 8601 text in UTC to the second, data as
    /// Base64. What cannot be encoded makes the call a deny. The other parameters are those of `init(tool:args:)`.
    public init(
        tool: String, encoding object: some Encodable, principal: Principal? = nil, session: String? = nil,
        callID: String? = nil, approval: String? = nil, estimatedCostUSD: String? = nil, framework: String? = nil,
        server: String? = nil, cwd: String? = nil,
        signals: [String] = [], labels: [String] = []
    ) {
        self.tool = tool
        do {
            args = .text(try encodedText(object))
        } catch {
            args = .unreadable(code: error.code, message: error.told("args"))
        }
        facts = Facts(
            principal: principal, session: session, callID: callID, approval: approval,
            estimatedCostUSD: estimatedCostUSD, framework: framework, server: server, cwd: cwd,
            signals: signals, labels: labels)
    }
}
