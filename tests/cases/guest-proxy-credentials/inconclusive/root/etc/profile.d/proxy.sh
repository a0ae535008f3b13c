if true; then export all_proxy=http://kim:Tr0ub4dor@proxy.example:1; fi
