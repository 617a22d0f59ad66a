function s(t,e,n){let c=e<0?t.length+e:e;if(c>=0&&c<t.length){let l=n<0?t.length+n:n,[i]=t.splice(e,1);t.splice(l,0,i)}}export{s as a};
