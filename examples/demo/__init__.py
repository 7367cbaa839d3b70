"""The whole migration on a local W&B server, with the real client and the real engine: `make demo`.

| module | subject |
| --- | --- |
| home | a folder with a project and a home of its own, into which nothing of the user's leaks |
| server | the local W&B server, and its set-up calls |
| organization | who is there, and in which role |
| models | what the legacy Model Registries hold |
| log_models, compare_bytes, change_by_hand | what people do with the public `wandb` client, as programs |
| steps | steps, their commands, and the log |
| checks | what the demo expects of outputs, state and files |
| story | the steps in their order |
"""
