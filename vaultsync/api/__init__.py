"""The loopback API: what the Obsidian plugin asks, put on the daemon's queue.

In the order of a request: `server` listens on 127.0.0.1, `gate` turns away whoever isn't the plugin, `app`
reads the request by `contract`, a function of `handlers` answers it on the daemon's thread; `openapi`
describes it all. Starlette and uvicorn are imported here alone, and only by a daemon that serves.

values          requests and answers as values
contract        each route with what is asked and answered
openapi         the description of the API, made from the contract
paths           which notes may be asked for
gate            who may ask
connection      a connection, with an end to patience
app             from a request to its answer
server          the thread that listens, and the file that says where
open_notes      fixes for notes that are open in an editor
runs            fix now, earlier runs, undo, import
links           suggestions, decisions, mentions, why a link is there
sync            sync now, conflict notes
vault_settings  settings, consent, a pause
plugin_files    the plugin of Obsidian, copied into a vault
handlers        which function answers which route
"""
