"""One file per service: the folder's name for it in the SDK (`aws:s3/bucket:Bucket` → `s3.py`, `lambda_.py`).

A service with many types is a folder of files (`ec2/`).

How to add a type: write a subclass of `kind.Kind` in the service's file. Nothing registers it; its `sdk` class does.

    class Topic(Kind):
        sdk, service = sns.Topic, "sns"                  # SDK class; boto3 client
        carries = words("name displayName tags")         # inputs it honours; others are refused by name
        fixed = words("name")                            # create-only: a change replaces ("vpcConfig.subnetIds" too)
        naming = Naming("name", longest=256)             # `<resource>-<7 hex>` unless the program gives it
        tagging = Tagging("tag_resource", "untag_resource", "list_tags_for_resource", "ResourceArn")

        def create(self, op): ...   # boto3 from op.new, op.client, op.tags; returns the id
        def read(self, op, identifier): ...    # {SDK property: value}, or None / an absent error
        def update(self, op, identifier): ...  # what stands in op.changed; tags are done by `tagging`
        def delete(self, op, identifier): ...  # an absent error is success; then it is waited for until read says None

The rest is done for all: checking against the SDK, names, diff, previews, secrets, import (`read` from the id alone),
refresh, `tagsAll` with the provider's default tags, `region`, errors with the resource's name. What `read` leaves out
must stand in `write_only` (forceDestroy, passwords); what it does not find it gives as None or empty. JSON documents
are compared by meaning, the lists in `unordered` without their order. `state` says when a slow resource is ready
(`waiting.Pending` with the reason until then); `eventual` lists refusals that pass by themselves; `also_fixed`,
`invalid`, `volatile`, `secret`, `delete_first`, `waits_until_gone`, `absent` are for what is odd: see them in `kind`.
`op` is an `operation.Operation`: new, last, changed, tags, client, client_of(service), region, account, given(...),
created(id). `shapes.to_api` and `from_api` convert nested properties that differ from the API's in spelling only.
`values.File` is an asset or archive (Lambda code).

A type that neither emulator has: derive from `recorded.Recorded` and give the reason in `unsupported.TYPES`; a single
operation: `op.recorded_only("operation")` and a reason in `unsupported.OPERATIONS`. Which emulator serves a service
stands in `local.aws.routes`.

Test it in tests/local/plugins/aws/test_<service>.py with the `trial` fixture: create, diff, update, refresh, import,
delete, without the engine (as test_lifecycle.py there). test_kinds.py checks the words of every type against the SDK.
"""
