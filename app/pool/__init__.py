"""The pool of concept-verification projects (项目库): pooled results, their stages, and what came of them."""
