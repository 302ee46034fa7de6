// A tool of the model on the device, behind a gate. The framework is part of Apple's systems from release 26 on.

#if canImport(FoundationModels)
  import FoundationModels
  import Toolgate

  /// A tool that runs only if the policy allows the call. The model sees the same name, description and parameters.
  ///
  ///     let session = LanguageModelSession(tools: [GuardedTool(FindContacts(), gate: gate)])
  ///
  /// What is thrown for a call that may not run reads like an answer: a session that hands it back to the model lets
  /// the model go on without the tool.
  @available(iOS 26.0, macOS 26.0, visionOS 26.0, *)
  public struct GuardedTool<Base: Tool>: Tool where Base.Output: Sendable {
    private let base: Base
    private let gate: Gate

    /// - Parameters:
    ///   - base: The tool that does the work.
    ///   - gate: The gate that decides; the default gate if unsaid.
    public init(_ base: Base, gate: Gate = .default) {
      self.base = base
      self.gate = gate
    }

    public var name: String { base.name }
    public var description: String { base.description }
    public var parameters: GenerationSchema { base.parameters }
    public var includesSchemaInInstructions: Bool { base.includesSchemaInInstructions }

    /// What the model generated is decided about before it becomes the tool's own type, so that nothing of it is
    /// lost; the tool gets what was decided about.
    public func call(arguments: GeneratedContent) async throws -> Base.Output {
      let call = ToolCall(
        tool: base.name, json: arguments.jsonString, framework: "foundation-models")
      return try await gate.run(call) { args in
        try await base.call(arguments: Base.Arguments(GeneratedContent(json: args.json())))
      }
    }
  }
#endif
