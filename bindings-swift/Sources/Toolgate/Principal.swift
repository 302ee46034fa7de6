/// The one on whose authority a tool is called. Your program says who that is; an agent never does.
///
/// A text literal is a principal with that id: `principal: "agent:finance-sync"`.
public struct Principal: Sendable, Hashable, ExpressibleByStringLiteral {
    /// A name such as `agent:finance-sync`.
    public var id: String
    /// The role whose entries of the policy apply, such as `prod`.
    public var role: String?
    /// The ids of those who delegated, the nearest first.
    public var onBehalfOf: [String]
    /// Anything else the policy's conditions may ask for.
    public var attributes: [String: Value]

    public init(
        _ id: String, role: String? = nil, onBehalfOf: [String] = [], attributes: [String: Value] = [:]
    ) {
        self.id = id
        self.role = role
        self.onBehalfOf = onBehalfOf
        self.attributes = attributes
    }

    public init(stringLiteral id: String) {
        self.init(id)
    }

    /// As the core reads it.
    var wire: Value {
        guard role != nil || !onBehalfOf.isEmpty || !attributes.isEmpty else { return .string(id) }
        return [
            "id": .string(id), "role": Value(role), "on_behalf_of": Value(onBehalfOf),
            "attributes": .object(attributes),
        ]
    }
}

extension Value {
    init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    init(_ texts: [String]) {
        self = .array(texts.map { .string($0) })
    }
}
