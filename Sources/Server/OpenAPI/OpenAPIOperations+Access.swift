internal import HTTPServer

/// Members, tokens, groups, folders, grants, the audit log, workspaces.
extension OpenAPIOperations {
  private static let session: APISchema = .object([
    "username": .string, "workspace_id": .string, "expiration?": .string, "csrf_token": .string,
  ])

  private static let sessions: [APIOperation] = [
    .init(
      .post, "/api/auth/session", "Begins a browser's session: gives a cookie for the token that is sent.",
      tag: "members", status: 201, answer: .json(session)),
    .init(
      .get, "/api/auth/session", "The session, and the word that changes take besides its cookie.",
      tag: "members", answer: .json(session)),
    .init(.delete, "/api/auth/session", "Ends the session.", tag: "members", status: 204, answer: .none),
  ]

  static let access = members + tokens + sessions + groups + folders + grants + records

  private static let member: APISchema = .object([
    "workspace_id": .string, "username": .string, "email": .string, "role": .string, "is_admin": .boolean,
    "operator": .boolean, "disabled": .boolean, "created_at": .string,
  ])
  private static let newMember: APIContent = .json(
    .object([
      "username": .string, "email?": .string, "role?": .string, "is_admin?": .boolean, "operator?": .boolean,
    ]))

  private static let members: [APIOperation] = [
    .init(.get, "users/list", "The members.", tag: "members", answer: .json(.array(member))),
    .init(.get, "users/list_usernames", "Their names.", tag: "members", answer: .json(.array(.string))),
    .init(.get, "users/get/{username}", "A member.", tag: "members", answer: .json(member)),
    .init(
      .get, "users/username_to_email/{username}", "A member's address.", tag: "members", answer: .text),
    .init(
      .get, "/api/users/username_to_email/{username}", "A member's address.", tag: "members", answer: .text),
    .init(
      .post, "users/add", "Adds a member.", tag: "members", body: newMember, status: 201, answer: .text),
    .init(
      .post, "workspaces/add_user", "Adds a member.", tag: "members", body: newMember, status: 201,
      answer: .text),
    .init(
      .post, "users/update/{username}", "Changes a member's role or address.", tag: "members",
      body: .json(
        .object(["role?": .string, "email?": .string, "is_admin?": .boolean, "operator?": .boolean])),
      answer: .text),
    .init(
      .delete, "users/delete/{username}", "Removes a member, with tokens, groups and grants.",
      tag: "members", answer: .text),
  ]

  private static let tokens: [APIOperation] = [
    .init(
      .post, "/api/users/tokens/create", "Makes a token of one's own.", tag: "tokens",
      body: .json(
        .object([
          "label?": .string, "expiration?": .string, "scopes?": .array(.string), "workspace_id?": .string,
        ])),
      status: 201, answer: .text),
    .init(
      .get, "/api/users/tokens/list", "One's own tokens, without their texts.", tag: "tokens",
      answer: .json(
        .array(
          .object([
            "label": .string, "token_prefix": .string, "email": .string, "workspace_id": .string,
            "created_at": .string, "expiration?": .string, "scopes?": .array(.string),
          ])))),
    .init(
      .delete, "/api/users/tokens/delete/{prefix}", "Ends a token of one's own.", tag: "tokens",
      answer: .text),
  ]

  private static let group: APISchema = .object([
    "workspace_id": .string, "name": .string, "summary": .string, "members": .array(.string),
    "extra_perms": .dictionary,
  ])
  private static let named: APIContent = .json(.object(["name": .string, "summary?": .string]))

  private static let groups: [APIOperation] = [
    .init(.get, "groups/list", "The groups.", tag: "groups", answer: .json(.array(group))),
    .init(.get, "groups/listnames", "Their names.", tag: "groups", answer: .json(.array(.string))),
    .init(.get, "groups/get/{name}", "A group.", tag: "groups", answer: .json(group)),
    .init(.post, "groups/create", "Makes a group.", tag: "groups", body: named, status: 201, answer: .text),
    .init(
      .post, "groups/update/{name}", "Says what a group is for.", tag: "groups",
      body: .json(.object(["summary": .string])), answer: .text),
    .init(
      .delete, "groups/delete/{name}", "Removes a group, with its grants.", tag: "groups", answer: .text),
    .init(
      .post, "groups/adduser/{name}", "Puts a member into a group.", tag: "groups",
      body: .json(.object(["username": .string])), answer: .text),
    .init(
      .post, "groups/removeuser/{name}", "Takes a member out of a group.", tag: "groups",
      body: .json(.object(["username": .string])), answer: .text),
  ]

  private static let folder: APISchema = .object([
    "workspace_id": .string, "name": .string, "display_name": .string, "summary": .string,
    "created_by": .string, "owners": .array(.string), "extra_perms": .dictionary,
  ])

  private static let folders: [APIOperation] = [
    .init(
      .get, "folders/list", "The folders that one may read.", tag: "folders", answer: .json(.array(folder))),
    .init(.get, "folders/listnames", "Their names.", tag: "folders", answer: .json(.array(.string))),
    .init(.get, "folders/get/{name}", "A folder.", tag: "folders", answer: .json(folder)),
    .init(
      .get, "folders/exists/{name}", "Whether somebody made it.", tag: "folders", answer: .json(.boolean)),
    .init(
      .post, "folders/create", "Makes a folder.", tag: "folders",
      body: .json(
        .object([
          "name": .string, "summary?": .string, "owners?": .array(.string), "extra_perms?": .dictionary,
        ])),
      status: 201, answer: .text),
    .init(
      .post, "folders/update/{name}", "Changes who may do what in a folder.", tag: "folders",
      body: .json(
        .object(["summary?": .string, "owners?": .array(.string), "extra_perms?": .dictionary])),
      answer: .text),
    .init(.delete, "folders/delete/{name}", "Removes an empty folder.", tag: "folders", answer: .text),
    .init(
      .post, "folders/addowner/{name}", "Adds an owner.", tag: "folders",
      body: .json(.object(["owner": .string])), answer: .text),
    .init(
      .post, "folders/removeowner/{name}", "Takes an owner away.", tag: "folders",
      body: .json(.object(["owner": .string])), answer: .text),
  ]

  private static let grantBody: APIContent = .json(
    .object(["privileges": .array(.string), "on": .string, "to": .string]))

  private static let grants: [APIOperation] = [
    .init(
      .get, "grants/list", "Who may do what with lakes, and who said so.", tag: "grants",
      answer: .json(
        .object([
          "governed_lakes": .array(.string),
          "grants": .array(
            .object([
              "privilege": .string, "on": .string, "to": .string, "granted_by": .string,
              "granted_at": .string,
            ])),
        ]))),
    .init(
      .get, "grants/mine", "What one may do with lakes.", tag: "grants",
      answer: .json(
        .object([
          "unrestricted": .boolean, "governed_lakes": .array(.string),
          "grants": .array(.object(["privilege": .string, "on": .string])),
        ]))),
    .init(
      .post, "grants/create", "Grants privileges on a lake, a schema or a table.", tag: "grants",
      body: grantBody, status: 201, answer: .json(.object(["lake_was_open": .boolean]))),
    .init(
      .post, "grants/delete", "Takes grants back.", tag: "grants", body: grantBody,
      answer: .json(.object(["revoked": .integer]))),
    .init(
      .post, "grants/open", "Forgets all grants on a lake: roles alone decide there again.", tag: "grants",
      body: .json(.object(["lake": .string])), answer: .text),
  ]

  private static let entry: APISchema = .object([
    "workspace_id": .string, "id": .string, "timestamp": .string, "username": .string, "operation": .string,
    "action_kind": .string, "resource?": .string, "parameters": .dictionary,
  ])

  private static let records: [APIOperation] = [
    .init(
      .get, "audit/list", "Who did what, the newest first.", tag: "audit",
      query: [
        "username": "By whom.", "operation": "What, such as variables.create.", "resource": "To what.",
        "action_kind": "Create, Update, Delete, Execute or Denied.", "after": "Not before this moment.",
        "before": "Not after this moment.", "page": "Which page, from 1.", "per_page": "At most so many.",
      ],
      answer: .json(.array(entry))),
    .init(.get, "audit/get/{id}", "One entry.", tag: "audit", answer: .json(entry)),
    .init(
      .get, "/api/workspaces/list", "The workspaces that one may know of.", tag: "workspaces",
      answer: .json(.array(.object(["id": .string, "name": .string, "created_at": .string])))),
    .init(
      .post, "/api/workspaces/create", "Makes a workspace; answers with a token of its admin.",
      tag: "workspaces", body: .json(.object(["id": .string, "name?": .string])), status: 201,
      answer: .json(.object(["id": .string, "token": .string]))),
    .init(
      .delete, "/api/workspaces/delete/{id}", "Removes a workspace; its lakes' files are kept.",
      tag: "workspaces", answer: .text),
  ]
}
