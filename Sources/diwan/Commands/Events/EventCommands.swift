import Configuration

/// `diwan events`: the types that Diwan knows, and events of files.
enum EventCommands {
    static let group = CommandGroup(
        "events", summary: "List event types, check files of events, publish them",
        discussion: """
            Events are CloudEvents 1.0.2. A file holds one a line (JSON Lines), or a single one; '-' is standard input.
            """,
        [EventListCommand.command, EventShowCommand.command, EventValidateCommand.command, EventSendCommand.command])

    static let files = ArgumentSpec(
        "file", .path, isRepeated: true, summary: "Files of events, one a line; '-' is standard input")
}
