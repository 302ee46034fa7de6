/// A tool that runs only if the policy allows the call: `body` behind a gate.
///
/// The result is called like `body`. It throws `ToolgateError.toolDenied`, `.approvalRequired` or `.dryRun` if the tool
/// may not run. What holds for the calls (who asks, the session) comes from `Context`.
///
///     struct Charge: Codable { let amount: Int; let currency: String }
///
///     let charge = guarded("stripe.charges.create") { (charge: Charge) in
///         "charged \(charge.amount) \(charge.currency)"
///     }
///     try await charge(Charge(amount: 2000, currency: "eur"))
///
/// - Parameters:
///   - tool: The tool's name as policies know it.
///   - gate: The gate that decides; the default gate if unsaid.
public func guarded<Arguments: Codable & Sendable, Output: Sendable>(
    _ tool: String, gate: Gate? = nil, _ body: @escaping @Sendable (Arguments) async throws -> Output
) -> @Sendable (Arguments) async throws -> Output {
    { arguments in
        try await (gate ?? Gate.default).run(tool: tool, encoding: arguments, body)
    }
}
