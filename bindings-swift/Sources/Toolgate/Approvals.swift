/// Who answers a request. A text literal is a name that somebody typed.
public struct Approver: Sendable, Hashable, ExpressibleByStringLiteral {
    /// A name such as `alice`.
    public var id: String
    /// The role that your program knows them in, such as `support-lead`.
    public var role: String?
    /// Whether your program has made sure that it is them. Only then are they among the approvers that a policy names.
    public var isVerified: Bool

    public init(_ id: String, role: String? = nil, isVerified: Bool = false) {
        self.id = id
        self.role = role
        self.isVerified = isVerified
    }

    public init(stringLiteral id: String) {
        self.init(id)
    }

    var wire: Value {
        ["id": .string(id), "role": Value(role), "verified": .bool(isVerified)]
    }
}

/// Consent: asking for it, giving it and waiting for it.
///
/// A request is an object with `id`, its `status` (`pending`, `approved`, `denied`, `cancelled`, `used` or `expired`),
/// how many consents are `missing`, what a person is `shown`, the `terms`, the `votes`, until when it `expires` and, if
/// an approver has changed the arguments, the `edited` ones. All of this throws `ToolgateError.failed` with the code of
/// why it was not done.
extension Gate {
    /// A token with which a request can be answered, to be sent to whoever may. With `approver` it is theirs alone and
    /// shows who they are; without, nobody knows who uses it.
    public func approvalToken(_ id: String, to approver: String? = nil) async throws -> String {
        try await operate("approval_token", ["id": .string(id), "to": Value(approver)]).stringValue ?? ""
    }

    /// Consents to a request, named by its id or by a token. The call can then be made, once. With `args` it can be made
    /// with these arguments alone; they are decided about anew.
    ///
    ///     try await gate.approve(id, by: Approver("alice", isVerified: true), reason: "fine")
    @discardableResult
    public func approve(_ request: String, by approver: Approver, reason: String? = nil, args: Value? = nil)
        async throws -> Value
    {
        let given = answer(request, approver, ["reason": Value(reason), "args": args ?? .null])
        return try await operate("approve", given)
    }

    /// Says no to a request, named by its id or by a token. The call stays denied until the request expires.
    @discardableResult
    public func denyApproval(_ request: String, by approver: Approver, reason: String? = nil) async throws -> Value {
        try await operate("deny_approval", answer(request, approver, ["reason": Value(reason)]))
    }

    /// Lets `other` answer a request in the stead of `approver`.
    @discardableResult
    public func delegateApproval(_ request: String, by approver: Approver, to other: String) async throws -> Value {
        try await operate("delegate_approval", answer(request, approver, ["to": .string(other)]))
    }

    /// Withdraws a request.
    @discardableResult
    public func cancelApproval(_ id: String) async throws -> Value {
        try await operate("cancel_approval", ["id": .string(id)])
    }

    /// A request; `nil` if there is none of that id.
    public func approval(_ id: String) async throws -> Value? {
        let request = try await operate("approval", ["id": .string(id)])
        return request == .null ? .none : request
    }

    /// The requests that stand so now, oldest first; all that are kept without a `status`.
    public func approvals(_ status: String? = nil) async throws -> [Value] {
        try await operate("approvals", ["status": Value(status)]).arrayValue ?? []
    }

    /// How a request stands once it is answered or over, or the time is: look at its `status`.
    ///
    /// - Throws: `ToolgateError.failed` with `approval.not_found` if there is no such request; `CancellationError`.
    public func wait(for id: String, timeout: Duration? = nil) async throws -> Value {
        let clock = ContinuousClock()
        let end = timeout.map { clock.now + $0 }
        var pause = Duration.milliseconds(20)
        while true {
            guard let request = try await approval(id) else {
                throw ToolgateError.failed("there is no request `\(id)`", code: "approval.not_found")
            }
            let left = end.map { $0 - clock.now }
            if request["status"] != "pending" || left.map({ $0 <= .zero }) ?? false { return request }
            try await Task.sleep(for: min(pause, left ?? pause))
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// The pending requests as they come, each once, for a prompt inside the app. It ends with the task that iterates.
    ///
    ///     for try await request in gate.approvalRequests() {
    ///         await show(request)
    ///     }
    public func approvalRequests(every pause: Duration = .milliseconds(500)) -> AsyncThrowingStream<Value, any Error> {
        let seen = Seen()
        return AsyncThrowingStream(unfolding: {
            while true {
                for request in try await self.approvals("pending") {
                    if await seen.isNew(request["id"]) { return request }
                }
                try await Task.sleep(for: pause)
            }
        })
    }

    private func answer(_ request: String, _ approver: Approver, _ more: [String: Value]) -> [String: Value] {
        more.merging(["request": .string(request), "approver": approver.wire]) { given, _ in given }
    }
}

/// The requests that were told already.
private actor Seen {
    private var ids: Set<Value?> = []

    func isNew(_ id: Value?) -> Bool {
        ids.insert(id).inserted
    }
}
